/** A vault is opened with what the AWS tools take from the environment. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openVault } from '../../../../src/vault/open-vault.js';
import { FaultProxy } from '../../../emulator/fault-proxy.js';
import { temporaryDirectory } from '../../../helpers/temporary-directory.js';
import { chunked, failure, newKey, SMALL, useHarness } from './harness.js';

const harness = useHarness();
const KEYS = { AWS_ACCESS_KEY_ID: 'testing', AWS_SECRET_ACCESS_KEY: 'testing' };
let directory: string;

beforeAll(() => {
  directory = temporaryDirectory();
  writeFileSync(join(directory, 'config'), '[profile vault]\nregion = eu-west-3\n[profile bare]\n');
  writeFileSync(
    join(directory, 'credentials'),
    '[vault]\naws_access_key_id = FROMPROFILE\naws_secret_access_key = secret\n',
  );
});

beforeEach(() => {
  // The SDK looks at the process itself for files and instance roles.
  for (const name of Object.keys(process.env)) if (/^AWS_(?!SDK)/.test(name)) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', join(directory, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(directory, 'credentials'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});

/** Who signed the requests, and for which region. */
function signers(): string[] {
  const scopes = harness.proxy.seen.map(({ headers }) => /Credential=([^,]+)/.exec(headers.authorization ?? '')?.[1]);
  return [...new Set(scopes.map((scope) => scope?.replace(/\/\d{8}\//, '/').replace('/s3/aws4_request', '') ?? ''))];
}

describe('an S3 vault', () => {
  it('takes endpoint, keys and region from the environment, and addresses buckets by path', async () => {
    const { bucket, proxy, stored } = harness;
    const env = { ...KEYS, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: proxy.endpoint };
    const vault = await openVault(`s3://${bucket}/vault`, { env });
    const key = newKey();
    await vault.put(key, chunked(SMALL));
    expect((await stored(key))?.equals(SMALL)).toBe(true);
    expect(signers()).toEqual(['testing/eu-west-1']);
  });

  it('prefers the endpoint that is for S3 alone, and needs no region with it', async () => {
    const { bucket, proxy } = harness;
    const env = { ...KEYS, AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_S3: proxy.endpoint };
    expect(await (await openVault(`s3://${bucket}`, { env })).head('nothing')).toBeUndefined();
    expect(signers()).toEqual(['testing/us-east-1']);
  });

  it('takes the region of the options before that of the environment', async () => {
    const { bucket, proxy } = harness;
    const env = { ...KEYS, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: proxy.endpoint };
    await (await openVault(`s3://${bucket}`, { env, region: 'ap-south-1' })).head('nothing');
    expect(signers()).toEqual(['testing/ap-south-1']);
  });

  it('takes keys and region of a profile, which wins over keys in the environment', async () => {
    const { bucket, proxy } = harness;
    const env = { ...KEYS, AWS_PROFILE: 'vault', AWS_ENDPOINT_URL: proxy.endpoint, AWS_REGION: 'eu-west-3' };
    await (await openVault(`s3://${bucket}`, { env })).head('nothing');
    expect(signers()).toEqual(['FROMPROFILE/eu-west-3']);
  });

  it('knows the region of a profile', async () => {
    const vault = await openVault('s3://some-bucket', { env: { AWS_PROFILE: 'vault' } });
    expect(vault.url).toBe('s3://some-bucket');
  });

  it('takes on a role', async () => {
    const { bucket, emulator, proxy } = harness;
    const env = { ...emulator.env, AWS_ENDPOINT_URL_S3: proxy.endpoint };
    const vault = await openVault(`s3://${bucket}`, { env, roleArn: 'arn:aws:iam::222222222222:role/backup' });
    await vault.head('nothing').catch(() => {});
    expect(signers()[0]).toMatch(/^ASIA/);
    expect(proxy.seen[0]?.headers['x-amz-security-token']).toBeDefined();
  });

  it('cannot be opened when no region is known', async () => {
    const error = await failure(openVault('s3://some-bucket', { env: { ...KEYS, AWS_PROFILE: 'bare' } }));
    expect(error).toMatchObject({ code: 'VAULT_URL_INVALID' });
    expect(error.message).toContain('s3://some-bucket');
    expect(error.hint).toContain('AWS_REGION');
  });

  it('says that there are no credentials, at the first request', async () => {
    const vault = await openVault('s3://some-bucket', { env: { AWS_REGION: 'eu-west-1', AWS_PROFILE: 'bare' } });
    const error = await failure(vault.put('k', chunked(SMALL)));
    expect(error).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    expect(error.message).toContain('no AWS credentials');
  });

  it('says that a host cannot be reached, without trying for long', async () => {
    const unused = await FaultProxy.start(() => '');
    const { endpoint } = unused;
    await unused.stop();
    const vault = await openVault('s3://some-bucket', { env: { ...KEYS, AWS_ENDPOINT_URL: endpoint } });
    const error = await failure(vault.put('k', chunked(SMALL)));
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('says that a bucket is not there', async () => {
    const env = { ...harness.emulator.env };
    const vault = await openVault('s3://bucket-that-nobody-has', { env });
    expect((await failure(vault.put('k', chunked(SMALL)))).message).toContain('no bucket bucket-that-nobody-has');
    const listing = (async () => {
      for await (const _ of vault.list('')) return;
    })();
    expect(await failure(listing)).toMatchObject({ code: 'VAULT_UNREADABLE' });
  });
});

it('costs vaults in a directory nothing: they are opened without the AWS SDK', () => {
  const script = `
    await import('./src/vault/open-vault.ts');
    const { openVault } = await import('./src/vault/open-vault.ts');
    await openVault('file:///nowhere');
    const { createRequire } = await import('node:module');
    const loaded = Object.keys(createRequire(process.cwd() + '/x.js').cache);
    console.log(JSON.stringify(loaded.filter((path) => path.includes('@aws-sdk'))));`;
  const file = join(temporaryDirectory(), 'loads.ts');
  writeFileSync(file, script.replaceAll('./src', join(import.meta.dirname, '../../../../src')));
  const jiti = join(import.meta.dirname, '../../../../node_modules/jiti/lib/jiti-cli.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [jiti, file], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([]);
});
