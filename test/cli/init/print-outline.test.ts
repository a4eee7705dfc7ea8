import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, readSettings, type HoldfastConfig } from '../../../src/config/index.js';
import { outlineOf } from '../../../src/cli/init/outline-of.js';
import { printTypeScript, printYaml } from '../../../src/cli/init/print-outline.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const FORMATS = [
  { name: 'holdfast.config.ts', print: printTypeScript },
  { name: 'holdfast.yaml', print: printYaml },
] as const;

async function write(name: string, text: string): Promise<string> {
  const file = join(temporaryDirectory(), name);
  await writeFile(file, text);
  return file;
}

/** What the file says of backups; the accounts are what `init` adds. */
async function backupsOf(file: string): Promise<Partial<HoldfastConfig>> {
  const { config } = await loadConfig({ file, cwd: '/' });
  const {
    backupAccount: _backup,
    sourceAccount: _source,
    ...rest
  } = config as HoldfastConfig & Record<string, unknown>;
  return rest;
}

describe.each(FORMATS)('a config written as $name', ({ name, print }) => {
  it('says what the tfvars of the source document says', async () => {
    const tfvars = join(import.meta.dirname, '../../config/fixtures/layer2.tfvars');
    const { settings } = await readSettings({ file: tfvars, cwd: '/' });
    const file = await write(name, print(outlineOf(settings), ['From a test.']));
    expect(await backupsOf(file)).toEqual(await backupsOf(tfvars));
  });

  // 18.A2
  it('has the vault use the bucket and the key that the tfvars name, in place of making others', async () => {
    const key = 'arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const settings = { environment: 'prod', region: 'us-east-1', vault: 's3://old-bucket', databases: [] };
    const outlined = async (from: Record<string, unknown>) => {
      const written = await readSettings({ file: await write(name, print(outlineOf(from), [])), cwd: '/' });
      return written.settings['backupAccount'];
    };
    expect(await outlined({ ...settings, kmsKeyArn: key })).toEqual({
      account: '444455556666',
      existingBucket: 'old-bucket',
      existingKeyArn: key,
    });
    expect(await outlined(settings)).toEqual({ account: '<BACKUP_ACCOUNT_ID>' });
  });

  it('names the account beside what the settings say of it', async () => {
    const network = { vpcId: 'vpc-0a1b2c3d', subnetIds: ['subnet-0a1b2c3d'] };
    const settings = { vault: 's3://a-vault', databases: [], sourceAccount: { network } };
    const file = await write(name, print(outlineOf(settings), []));
    expect((await readSettings({ file, cwd: '/' })).settings['sourceAccount']).toEqual({
      account: '<SOURCE_ACCOUNT_ID>',
      network,
    });
  });

  it('keeps strings that need care in either language', async () => {
    const odd = {
      environment: 'yes',
      databases: [
        {
          dbName: `it's "odd" \\ ${'${x}'} #1`,
          name: 'a',
          host: '/var/run',
          excludeTableData: ['a,b', ' x: y', '*.*'],
        },
        { dbName: 'null', name: '1e3', host: '10.0.0.1', iam: true, user: '@me', port: 6543, maxDuration: '1h30m' },
      ],
    };
    const file = await write(name, print(outlineOf(odd), []));
    const { settings } = await readSettings({ file, cwd: '/' });
    expect(settings).toMatchObject(odd);
  });

  it('keeps environments and what they have in common', async () => {
    const settings = {
      region: 'eu-west-1',
      defaults: { user: 'dumper', iam: true },
      environments: {
        prod: { vault: 's3://prod-vault', databases: [{ host: 'a', dbName: 'x' }] },
        'pre-prod': { vault: 's3://pre-vault', databases: [] },
      },
    };
    const file = await write(name, print(outlineOf(settings), []));
    expect((await readSettings({ file, cwd: '/' })).settings).toMatchObject(settings);
  });

  it('names what is to be filled in, and is sound otherwise, when nothing was given', async () => {
    const file = await write(name, print(outlineOf(undefined), []));
    const { toFillIn } = await readSettings({ file, cwd: '/' });
    const tokens = toFillIn.map((line) => /<[A-Z_]+>/.exec(line)?.[0]).sort();
    expect(tokens).toEqual(['<BACKUP_ACCOUNT_ID>', '<DATABASE_HOST>', '<SOURCE_ACCOUNT_ID>']);
  });

  it('remains sound when every option that is commented out is taken', async () => {
    const file = await write(name, print(outlineOf(undefined), []));
    const text = (await readFile(file, 'utf8')).replaceAll(/^( *)(?:\/\/|#)(?=\S| {2})/gm, '$1');
    const { settings } = await readSettings({ file: await write(name, text), cwd: '/' });
    expect(settings).toMatchObject({
      kmsKeyArn: expect.any(String) as string,
      concurrency: 2,
      defaults: { maxDuration: '4h' },
    });
  });
});

it('writes the items of a YAML list with the hyphen before their first option, and all strings in quotes', () => {
  const text = printYaml(
    outlineOf({
      region: 'us-east-1',
      databases: [{ dbName: 'a', port: 5432, schedule: 'rate(1 hour)' }, { dbName: 'b' }],
    }),
    [],
  );
  expect(text).not.toMatch(/^ *-$/m);
  expect(text).toMatch(/^databases:\n(?: {2}# .*\n)* {2}- \w+: /m);
  expect(text).toMatch(/^ {2}- dbName: "b"\n/m);
  const values = text.split('\n').flatMap((line) => /^[ -]*[\w-]+: (.+)$/.exec(line)?.[1] ?? []);
  expect(values.filter((value) => !/^("|\[|\d+$)/.test(value))).toEqual([]);
});

it('takes the account numbers from complete ARNs', () => {
  const text = printYaml(
    outlineOf({
      kmsKeyArn: 'arn:aws:kms:us-east-1:444455556666:key/1',
      databases: [{ dbName: 'a', secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:a' }],
    }),
    [],
  );
  expect(text).toMatch(/backupAccount:\n(?:.*\n)*? {2}account: "444455556666"/);
  expect(text).toMatch(/sourceAccount:\n(?:.*\n)*? {2}account: "111122223333"/);
});
