/**
 * A conditional write whose answer was lost is refused when it is sent again, by the very object that it has made. It must
 * not be taken for a conflict, and another writer's object must not be taken for ours.
 */
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { chunked, failure, LARGE, newKey, SMALL, useHarness } from './harness.js';

const harness = useHarness();
const OTHER = Buffer.from('the object of another writer');

afterEach(async () => {
  expect(await harness.emulator.openUploads(harness.bucket)).toEqual([]);
});

/** The two ways to store, and the request that makes the object in each. */
const WAYS = [
  ['a single put', 'PutObject', SMALL],
  ['a multipart upload', 'CompleteMultipartUpload', LARGE],
] as const;

/** As a role that may only write sees it. */
function refuseReading(): void {
  harness.proxy.fail('HeadObject', { kind: 'answer', status: 403, code: 'AccessDenied' }, Infinity);
  harness.proxy.fail('ListMultipartUploads', { kind: 'answer', status: 403, code: 'AccessDenied' }, Infinity);
}

describe.each(WAYS)('%s by a writer that may read', (_, operation, body) => {
  it('has stored its object when the answer was lost', async () => {
    const { proxy, open, stored } = harness;
    const key = newKey();
    proxy.fail(operation, { kind: 'drop-answer' });
    expect(await open().put(key, chunked(body))).toMatchObject({ key, size: body.length });
    expect(proxy.count(operation)).toBe(2);
    expect((await stored(key))?.equals(body)).toBe(true);
  });

  it('has stored its object when every answer was lost', async () => {
    const { proxy, open, stored } = harness;
    const key = newKey();
    proxy.fail(operation, { kind: 'drop-answer' }, Infinity);
    expect(await open().put(key, chunked(body))).toMatchObject({ key, size: body.length });
    expect((await stored(key))?.equals(body)).toBe(true);
  });

  it('finds the key taken when another writer was faster than its first attempt', async () => {
    const { proxy, open, stored, storeOther } = harness;
    const key = newKey();
    proxy.fail(operation, { kind: 'first', run: () => storeOther(key, OTHER) });
    expect(await failure(open().put(key, chunked(body)))).toMatchObject({ code: 'OBJECT_EXISTS' });
    expect(proxy.count(operation)).toBe(1);
    expect((await stored(key))?.equals(OTHER)).toBe(true);
  });

  it('finds the key taken when another writer was faster than its second attempt', async () => {
    const { proxy, open, stored, storeOther } = harness;
    const key = newKey();
    // Unanswered, and not carried out: only a look at the object can tell.
    proxy.fail(operation, { kind: 'reset', afterBytes: 1 });
    proxy.fail(operation, { kind: 'first', run: () => storeOther(key, OTHER) });
    expect(await failure(open().put(key, chunked(body)))).toMatchObject({ code: 'OBJECT_EXISTS' });
    expect((await stored(key))?.equals(OTHER)).toBe(true);
  });

  it('goes on after a conflict with a request that is being carried out', async () => {
    const { proxy, open, stored } = harness;
    const key = newKey();
    proxy.fail(operation, { kind: 'answer', status: 409, code: 'ConditionalRequestConflict' }, 2);
    await open().put(key, chunked(body));
    expect((await stored(key))?.equals(body)).toBe(true);
  });

  it('finds the key taken when the conflict ends in the other object', async () => {
    const { proxy, open, stored, storeOther } = harness;
    const key = newKey();
    proxy.fail(operation, { kind: 'answer', status: 409, code: 'ConditionalRequestConflict' }, 1);
    proxy.fail(operation, { kind: 'first', run: () => storeOther(key, OTHER) });
    expect(await failure(open().put(key, chunked(body)))).toMatchObject({ code: 'OBJECT_EXISTS' });
    expect((await stored(key))?.equals(OTHER)).toBe(true);
  });

  it('fails when the store cannot tell what became of it', async () => {
    const { proxy, open } = harness;
    const key = newKey();
    proxy.fail(operation, { kind: 'reset', afterBytes: 1 }, Infinity);
    const store = open();
    // The first look, before the body is taken, is answered.
    proxy.fail(
      'HeadObject',
      () => (proxy.count('HeadObject') === 0 ? undefined : { kind: 'answer', status: 500, code: 'InternalError' }),
      Infinity,
    );
    expect(await failure(store.put(key, chunked(body)))).toMatchObject({ code: 'VAULT_UNWRITABLE' });
  });
});

describe.each(WAYS)('%s by a writer that may not read', (_, operation, body) => {
  it('has stored its object when the answer was lost', async () => {
    const { proxy, open, stored } = harness;
    const key = newKey();
    refuseReading();
    proxy.fail(operation, { kind: 'drop-answer' });
    expect(await open().put(key, chunked(body))).toMatchObject({ key, size: body.length });
    expect((await stored(key))?.equals(body)).toBe(true);
  });

  it('finds the key taken when its first attempt is refused', async () => {
    const { open, stored, storeOther } = harness;
    const key = newKey();
    refuseReading();
    await storeOther(key, OTHER);
    expect(await failure(open().put(key, chunked(body)))).toMatchObject({ code: 'OBJECT_EXISTS' });
    expect((await stored(key))?.equals(OTHER)).toBe(true);
  });

  it('finds the key taken after S3 has said that it was too busy to do anything', async () => {
    const { proxy, open, storeOther } = harness;
    const key = newKey();
    refuseReading();
    proxy.fail(operation, { kind: 'answer', status: 503, code: 'SlowDown' });
    proxy.fail(operation, { kind: 'first', run: () => storeOther(key, OTHER) });
    expect(await failure(open().put(key, chunked(body)))).toMatchObject({ code: 'OBJECT_EXISTS' });
  });

  it('asks for a look at an object once, and not for each one', async () => {
    const { proxy, open } = harness;
    refuseReading();
    const store = open();
    for (let count = 0; count < 3; count++) await store.put(newKey(), chunked(body));
    expect(proxy.count('HeadObject')).toBe(1);
  });
});

describe('a multipart upload', () => {
  it('by a writer that may not read finds the key taken when its unanswered completion was never carried out', async () => {
    const { proxy, open, stored, storeOther } = harness;
    const key = newKey();
    refuseReading();
    proxy.fail('CompleteMultipartUpload', { kind: 'reset', afterBytes: 1 });
    proxy.fail('CompleteMultipartUpload', { kind: 'first', run: () => storeOther(key, OTHER) });
    // The upload was still open, so the object at the key is not its own.
    expect(await failure(open().put(key, chunked(LARGE)))).toMatchObject({ code: 'OBJECT_EXISTS' });
    expect((await stored(key))?.equals(OTHER)).toBe(true);
  });

  it('has stored its object when the second completion finds no upload any more', async () => {
    const { proxy, open, stored } = harness;
    for (const mayRead of [true, false]) {
      const key = newKey();
      proxy.clear();
      if (!mayRead) refuseReading();
      proxy.fail('CompleteMultipartUpload', { kind: 'drop-answer' });
      proxy.fail('CompleteMultipartUpload', { kind: 'answer', status: 404, code: 'NoSuchUpload' });
      expect(await open().put(key, chunked(LARGE))).toMatchObject({ key });
      expect((await stored(key))?.equals(LARGE)).toBe(true);
    }
  });

  it('does not count as stored when somebody else has removed it', async () => {
    const { proxy, open, stored } = harness;
    const key = newKey();
    proxy.fail('CompleteMultipartUpload', { kind: 'answer', status: 404, code: 'NoSuchUpload' }, Infinity);
    expect(await failure(open().put(key, chunked(LARGE)))).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    expect(await stored(key)).toBeUndefined();
  });

  it('survives a completion that fails in the body of a good answer', async () => {
    const { proxy, open, stored } = harness;
    const key = newKey();
    proxy.fail('CompleteMultipartUpload', { kind: 'error-in-body', code: 'InternalError' }, 2);
    await open().put(key, chunked(LARGE));
    expect((await stored(key))?.equals(LARGE)).toBe(true);
  });

  it('finds the key taken when a good answer says so in its body', async () => {
    const { proxy, open } = harness;
    proxy.fail('CompleteMultipartUpload', { kind: 'error-in-body', code: 'PreconditionFailed' });
    expect(await failure(open().put(newKey(), chunked(LARGE)))).toMatchObject({ code: 'OBJECT_EXISTS' });
  });

  it('whose begin was not answered is found and removed, and no other', async () => {
    const { proxy, open, emulator, bucket } = harness;
    const key = newKey();
    const other = await emulator.client.send(
      new CreateMultipartUploadCommand({ Bucket: bucket, Key: `vault/${key}-longer` }),
    );
    proxy.fail('CreateMultipartUpload', { kind: 'drop-answer' }, 2);
    await open().put(key, chunked(LARGE));
    expect(await emulator.openUploads(bucket)).toEqual([`vault/${key}-longer`]);
    await emulator.client.send(
      new AbortMultipartUploadCommand({ Bucket: bucket, Key: `vault/${key}-longer`, UploadId: other.UploadId }),
    );
  });
});
