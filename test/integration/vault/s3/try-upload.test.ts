/** A dry run's look at a bucket: an upload that never becomes an object. */
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { openS3Store } from '../../../../src/vault/s3/s3-store.js';
import { failure, newKey, useHarness } from './harness.js';

const harness = useHarness();
const KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

async function leftIn(): Promise<unknown[]> {
  const { emulator, bucket } = harness;
  const objects = await emulator.client.send(new ListObjectsV2Command({ Bucket: bucket }));
  const uploads = await emulator.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return [...(objects.Contents ?? []), ...(uploads.Uploads ?? [])];
}

it('B17: a trial begins an upload with the headers of a backup, sends a part, aborts it, and leaves nothing', async () => {
  const { proxy } = harness;
  const trial = await harness.open({ kmsKeyArn: KEY_ARN }).tryPut?.(newKey());
  expect(trial?.tried[0]).toContain(KEY_ARN);
  expect(trial?.untried[0]).toContain('Completing an upload');
  expect(proxy.seen.map(({ operation }) => operation)).toEqual([
    'CreateMultipartUpload',
    'UploadPart',
    'AbortMultipartUpload',
  ]);
  expect(proxy.seen[0]?.headers).toMatchObject({
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': KEY_ARN,
  });
  expect(await leftIn()).toEqual([]);
});

it('B17: a trial by the identity that may only put needs nothing more', async () => {
  const { emulator, bucket } = harness;
  const credentials = await emulator.createUser(['s3:PutObject', 's3:AbortMultipartUpload']);
  const store = openS3Store({ bucket, clientOptions: { ...emulator.clientOptions, credentials } });
  await emulator.enforcing(async () => expect((await store.tryPut?.(newKey()))?.tried).toHaveLength(1));
  expect(await leftIn()).toEqual([]);
});

it.each(['CreateMultipartUpload', 'UploadPart', 'AbortMultipartUpload'] as const)(
  'B17: a trial whose %s is denied is an error that names it, and what could be removed is',
  async (operation) => {
    const { proxy } = harness;
    proxy.fail(operation, { kind: 'answer', status: 403, code: 'AccessDenied' }, Infinity);
    const error = await failure(harness.open().tryPut?.(newKey()) ?? Promise.resolve());
    expect(error).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    expect(error.hint).toContain(operation === 'AbortMultipartUpload' ? 's3:AbortMultipartUpload' : 's3:PutObject');
    if (operation !== 'AbortMultipartUpload') expect(await leftIn()).toEqual([]);
  },
);
