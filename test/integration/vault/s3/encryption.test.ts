/** What was stored, as the AWS CLI sees it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openVault } from '../../../../src/vault/open-vault.js';
import { temporaryDirectory } from '../../../helpers/temporary-directory.js';
import { chunked, failure, LARGE, newKey, sha256, SMALL, useHarness } from './harness.js';

const harness = useHarness();
const KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

describe('an object in a vault with a KMS key', () => {
  it.each([
    ['one request', SMALL],
    ['parts', LARGE],
  ])('that was stored in %s is encrypted with it, and the AWS CLI finds and reads it', async (_, body) => {
    const { emulator, bucket } = harness;
    const key = `layer2/shop/${newKey()}.sql.gz`;
    const vault = await openVault(`s3://${bucket}/cli`, { env: { ...emulator.env }, kmsKeyArn: KEY_ARN });
    const stored = await vault.put(key, chunked(body));
    expect(stored).toMatchObject({ key, size: body.length, sha256: sha256(body), kmsKeyArn: KEY_ARN });

    expect(await vault.head(key)).toMatchObject({ key, encryption: { kmsKeyArn: KEY_ARN } });
    const head = JSON.parse(
      await emulator.aws('s3api', 'head-object', '--bucket', bucket, '--key', `cli/${key}`),
    ) as Record<string, unknown>;
    expect(head).toMatchObject({
      ContentLength: body.length,
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: KEY_ARN,
    });
    const listed = await emulator.aws('s3', 'ls', '--recursive', `s3://${bucket}/cli/layer2/shop/`);
    expect(listed).toContain(`${body.length} cli/${key}`);
    const copy = join(temporaryDirectory(), 'copy');
    await emulator.aws('s3', 'cp', `s3://${bucket}/cli/${key}`, copy);
    expect((await readFile(copy)).equals(body)).toBe(true);
  });

  it('is told from one that lies under no key', async () => {
    const store = harness.open();
    const key = newKey();
    await store.put(key, chunked(SMALL));
    expect((await store.head(key))?.encryption).toEqual({});
  });

  it('is asked for with the full ARN in each request that makes an object, and in no other', async () => {
    const { proxy, open } = harness;
    const store = open({ kmsKeyArn: KEY_ARN });
    await store.put(newKey(), chunked(SMALL));
    await store.put(newKey(), chunked(LARGE));
    for (const { operation, headers } of proxy.seen) {
      const makes = operation === 'PutObject' || operation === 'CreateMultipartUpload';
      expect(headers['x-amz-server-side-encryption'], operation).toBe(makes ? 'aws:kms' : undefined);
      expect(headers['x-amz-server-side-encryption-aws-kms-key-id'], operation).toBe(makes ? KEY_ARN : undefined);
    }
  });

  it.each([
    ['PutObject', SMALL],
    ['CreateMultipartUpload', LARGE],
  ] as const)('is an error when the store passes the key over in %s', async (operation, body) => {
    const { proxy, open, emulator, bucket } = harness;
    const header = 'x-amz-server-side-encryption-aws-kms-key-id';
    proxy.fail(operation, { kind: 'headers', headers: { [header]: KEY_ARN.replace('1234abcd', '0000abcd') } });
    const error = await failure(open({ kmsKeyArn: KEY_ARN }).put(newKey(), chunked(body)));
    expect(error).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    expect(error.message).toContain('0000abcd');
    expect(await emulator.openUploads(bucket)).toEqual([]);
  });

  it('is refused a key that is not a full ARN, before anything is requested', () => {
    for (const kmsKeyArn of [
      'alias/backup',
      '1234abcd-12ab-34cd-56ef-1234567890ab',
      KEY_ARN.replace('key/', 'alias/'),
    ]) {
      expect(() => harness.open({ kmsKeyArn })).toThrowError(/not the ARN of a key/);
    }
  });
});

describe('an object in a versioned bucket', () => {
  it('comes with its version id, in one request and in parts, and deleting hides it behind a marker', async () => {
    const { emulator } = harness;
    const bucket = await emulator.createBucket({ versioned: true });
    const vault = await openVault(`s3://${bucket}`, { env: { ...emulator.env } });
    for (const body of [SMALL, LARGE]) {
      const key = newKey();
      const { versionId, kmsKeyArn } = await vault.put(key, chunked(body));
      expect(kmsKeyArn).toBeUndefined();
      await vault.delete?.(key);
      await vault.delete?.(key);
      expect(await vault.head(key)).toBeUndefined();
      const { Versions, DeleteMarkers } = JSON.parse(
        await emulator.aws('s3api', 'list-object-versions', '--bucket', bucket, '--prefix', key),
      ) as { Versions: { VersionId: string }[]; DeleteMarkers: unknown[] };
      expect(Versions.map(({ VersionId }) => VersionId)).toEqual([versionId]);
      // The second delete found nothing to delete.
      expect(DeleteMarkers).toHaveLength(1);
    }
  });

  it('has no version id in a bucket without versions', async () => {
    expect((await harness.open().put(newKey(), chunked(SMALL))).versionId).toBeUndefined();
  });
});
