/** Whatever happens on the way, a put ends with the object stored whole, or with nothing of it left. */
import { afterEach, describe, expect, it } from 'vitest';
import { chunked, failure, LARGE, newKey, sha256, SMALL, useHarness } from './harness.js';
import type { Fault, Operation } from '../../../emulator/fault-proxy.js';

const harness = useHarness();

afterEach(async () => {
  expect(await harness.emulator.openUploads(harness.bucket)).toEqual([]);
});

const PASSING: readonly [name: string, fault: Fault][] = [
  ['500 InternalError', { kind: 'answer', status: 500, code: 'InternalError' }],
  ['503 SlowDown', { kind: 'answer', status: 503, code: 'SlowDown' }],
  ["a gateway's 502 without S3's error", { kind: 'answer', status: 502, code: 'html' }],
  ['a connection that is reset in the middle of the request', { kind: 'reset', afterBytes: 1000 }],
  ['a store that hangs', { kind: 'hang' }],
  ['a lost answer', { kind: 'drop-answer' }],
  ['an answer that is cut off', { kind: 'cut-answer', afterBytes: 10 }],
];

const LARGE_STEPS: readonly Operation[] = ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'];

describe('a passing fault', () => {
  it.each(PASSING)('of a single put is survived: %s', async (_, fault) => {
    const { proxy, stored } = harness;
    const key = newKey();
    proxy.fail('PutObject', fault, 2);
    expect(await harness.openPatient().put(key, chunked(SMALL))).toMatchObject({
      size: SMALL.length,
      sha256: sha256(SMALL),
    });
    expect((await stored(key))?.equals(SMALL)).toBe(true);
    expect(proxy.count('CreateMultipartUpload')).toBe(0);
  });

  for (const operation of LARGE_STEPS) {
    it.each(PASSING)(`of ${operation} is survived: %s`, async (_, fault) => {
      const { proxy, stored } = harness;
      const key = newKey();
      proxy.fail(operation, fault, 2);
      expect(await harness.openPatient().put(key, chunked(LARGE))).toMatchObject({
        size: LARGE.length,
        sha256: sha256(LARGE),
      });
      expect((await stored(key))?.equals(LARGE)).toBe(true);
    });
  }

  it('of aborting is survived', async () => {
    const { proxy, open } = harness;
    proxy.fail('AbortMultipartUpload', { kind: 'answer', status: 500, code: 'InternalError' }, 2);
    proxy.fail('AbortMultipartUpload', { kind: 'drop-answer' });
    const source = new Error('the dump failed');
    const body = (async function* () {
      yield* chunked(LARGE);
      throw source;
    })();
    await expect(open().put(newKey(), body)).rejects.toBe(source);
    expect(harness.warnings).toEqual([]);
  });
});

describe('a lasting fault', () => {
  const cases: readonly [Operation, Fault, RegExp][] = [
    ['PutObject', { kind: 'answer', status: 500, code: 'InternalError' }, /The fault InternalError/],
    ['PutObject', { kind: 'hang' }, /timed out|inactivity/],
    ['PutObject', { kind: 'reset', afterBytes: 1000 }, /ECONNRESET|socket hang up/],
    ['CreateMultipartUpload', { kind: 'answer', status: 503, code: 'ServiceUnavailable' }, /ServiceUnavailable/],
    ['UploadPart', { kind: 'answer', status: 500, code: 'InternalError' }, /The fault InternalError/],
    ['UploadPart', { kind: 'hang' }, /timed out|inactivity/],
    ['UploadPart', { kind: 'reset', afterBytes: 100_000 }, /ECONNRESET|socket hang up|EPIPE/],
    ['UploadPart', { kind: 'answer', status: 403, code: 'AccessDenied' }, /s3:PutObject was refused/],
    ['UploadPart', { kind: 'answer', status: 403, code: 'ExpiredToken' }, /credentials have expired/],
    ['UploadPart', { kind: 'answer', status: 404, code: 'NoSuchUpload' }, /NoSuchUpload/],
    ['UploadPart', { kind: 'answer', status: 400, code: 'KMS.DisabledException' }, /KMS refused the key/],
    ['UploadPart', { kind: 'headers', headers: { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' } }, /checksum/],
    ['CompleteMultipartUpload', { kind: 'answer', status: 500, code: 'InternalError' }, /The fault InternalError/],
    ['CompleteMultipartUpload', { kind: 'error-in-body', code: 'InternalError' }, /The fault InternalError/],
    ['CompleteMultipartUpload', { kind: 'answer', status: 400, code: 'BadDigest' }, /BadDigest/],
    ['CompleteMultipartUpload', { kind: 'answer', status: 403, code: 'AccessDenied' }, /s3:PutObject was refused/],
    ['CompleteMultipartUpload', { kind: 'answer', status: 404, code: 'NoSuchUpload' }, /NoSuchUpload/],
  ];
  it.each(cases)('of %s ends in an error and leaves nothing: %j', async (operation, fault, words) => {
    const { proxy, open, stored } = harness;
    const key = newKey();
    proxy.fail(operation, fault, Infinity);
    const body = operation === 'PutObject' ? SMALL : LARGE;
    const error = await failure(open().put(key, chunked(body)));
    expect(error).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    expect(error.message).toMatch(words);
    expect(error.message).toContain(`Storing ${key} in s3://${harness.bucket}/vault`);
    expect(await stored(key)).toBeUndefined();
    expect(harness.warnings).toEqual([]);
  });

  it('of a part ends the put at once, although the body hangs', async () => {
    const { proxy, open } = harness;
    proxy.fail('UploadPart', { kind: 'answer', status: 403, code: 'AccessDenied' }, Infinity);
    const body = (async function* () {
      yield* chunked(LARGE);
      await new Promise(() => {});
    })();
    expect(await failure(open().put(newKey(), body))).toMatchObject({ code: 'VAULT_UNWRITABLE' });
  });

  it('of the later parts alone ends in an error and leaves nothing', async () => {
    const { proxy, open, stored } = harness;
    const key = newKey();
    proxy.fail(
      'UploadPart',
      ({ query }) =>
        query.get('partNumber') === '1' ? undefined : { kind: 'answer', status: 403, code: 'AccessDenied' },
      Infinity,
    );
    expect(await failure(open().put(key, chunked(LARGE)))).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    expect(await stored(key)).toBeUndefined();
  });

  it("of aborting is told, with the upload's id and what ends it", async () => {
    const { proxy, open, emulator, bucket } = harness;
    const key = newKey();
    proxy.fail('UploadPart', { kind: 'answer', status: 403, code: 'AccessDenied' }, Infinity);
    proxy.fail('AbortMultipartUpload', { kind: 'answer', status: 403, code: 'AccessDenied' }, Infinity);
    expect(await failure(open().put(key, chunked(LARGE)))).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    const abort = proxy.seen.find(({ operation }) => operation === 'AbortMultipartUpload');
    expect(harness.warnings.join()).toContain(abort?.query.get('uploadId'));
    expect(harness.warnings.join()).toContain('lifecycle');
    expect(await emulator.openUploads(bucket)).toEqual([`vault/${key}`]);
    await fetch(`${emulator.endpoint}/${bucket}/vault/${key}?uploadId=${abort?.query.get('uploadId')}`, {
      method: 'DELETE',
    });
  });
});

describe('an abort by the caller', () => {
  it.each<Operation>(['CreateMultipartUpload', 'UploadPart'])('while %s hangs leaves nothing', async (operation) => {
    const { proxy, open, stored } = harness;
    const controller = new AbortController();
    const key = newKey();
    proxy.fail(operation, () => {
      setTimeout(() => controller.abort(), 20);
      return { kind: 'hang' };
    });
    const store = open({ timeouts: { idleMs: 60_000 } });
    const error = await failure(store.put(key, chunked(LARGE), { signal: controller.signal }));
    expect(error.code).toBe('INTERRUPTED');
    expect(await stored(key)).toBeUndefined();
  });

  it.each<Operation>(['PutObject', 'CompleteMultipartUpload'])(
    'while %s is under way lets it end, so that its outcome is known',
    async (operation) => {
      const { proxy, open, stored } = harness;
      const controller = new AbortController();
      const key = newKey();
      proxy.fail(operation, { kind: 'first', run: () => Promise.resolve(controller.abort()) });
      const body = operation === 'PutObject' ? SMALL : LARGE;
      expect(await open().put(key, chunked(body), { signal: controller.signal })).toMatchObject({ size: body.length });
      expect((await stored(key))?.equals(body)).toBe(true);
    },
  );

  it.each<Operation>(['PutObject', 'CompleteMultipartUpload'])(
    'after a lost answer to %s finds out whether the object is there',
    async (operation) => {
      const { proxy, open, stored } = harness;
      const body = operation === 'PutObject' ? SMALL : LARGE;
      const [there, absent] = [newKey(), newKey()];
      let controller = new AbortController();
      proxy.fail(operation, {
        kind: 'drop-answer-after',
        then: () => Promise.resolve(controller.abort()),
      });
      expect(await open().put(there, chunked(body), { signal: controller.signal })).toMatchObject({ key: there });
      expect((await stored(there))?.equals(body)).toBe(true);
      proxy.clear();
      controller = new AbortController();
      proxy.fail(operation, () => {
        controller.abort();
        return { kind: 'answer', status: 500, code: 'InternalError' };
      });
      const error = await failure(open().put(absent, chunked(body), { signal: controller.signal }));
      expect(error.code).toBe('INTERRUPTED');
      expect(await stored(absent)).toBeUndefined();
    },
  );
});

describe('the requests of an upload', () => {
  it('carry the checksum of each part and of the whole, its size, and the condition', async () => {
    const { proxy, open } = harness;
    await open().put(newKey(), chunked(LARGE));
    const [create] = proxy.seen.filter(({ operation }) => operation === 'CreateMultipartUpload');
    expect(create?.headers).toMatchObject({
      'x-amz-checksum-algorithm': 'CRC64NVME',
      'x-amz-checksum-type': 'FULL_OBJECT',
    });
    const parts = proxy.seen.filter(({ operation }) => operation === 'UploadPart');
    expect(parts.map(({ bytes }) => bytes).sort()).toEqual([8 << 20, 8 << 20, LARGE.length - (16 << 20)].sort());
    for (const { headers } of parts) expect(headers['x-amz-checksum-crc64nvme']).toMatch(/^[\w+/]{11}=$/);
    const [complete] = proxy.seen.filter(({ operation }) => operation === 'CompleteMultipartUpload');
    expect(complete?.headers).toMatchObject({
      'if-none-match': '*',
      'x-amz-checksum-type': 'FULL_OBJECT',
      'x-amz-mp-object-size': String(LARGE.length),
      'x-amz-checksum-crc64nvme': expect.stringMatching(/^[\w+/]{11}=$/) as string,
    });
    expect(proxy.count('AbortMultipartUpload')).toBe(0);
  });

  it('of an object that ends within the first part are two: one look, one put with condition and checksum', async () => {
    const { proxy, open } = harness;
    await open().put(newKey(), chunked(LARGE.subarray(0, 8 << 20)));
    expect(proxy.seen.map(({ operation }) => operation)).toEqual(['HeadObject', 'PutObject']);
    expect(proxy.seen[1]?.headers).toMatchObject({
      'if-none-match': '*',
      'content-length': String(8 << 20),
      'x-amz-checksum-crc64nvme': expect.stringMatching(/^[\w+/]{11}=$/) as string,
    });
  });
});
