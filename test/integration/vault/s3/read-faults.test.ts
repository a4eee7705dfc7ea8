/** What is read is what was stored, byte for byte, or an error says why it cannot be. */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../../emulator/fault-proxy.js';
import { chunked, failure, LARGE, MIB, newKey, read, SMALL, useHarness } from './harness.js';

const harness = useHarness();
/** Of another size than a whole number of ranges. */
const BYTES = Buffer.concat([LARGE, LARGE, LARGE]);

beforeAll(async () => {
  // With the usual patience: only what is read here meets faults.
  const store = harness.open({ timeouts: undefined, retry: undefined });
  await store.put('small', chunked(SMALL));
  await store.put('medium', chunked(LARGE));
  await store.put('large', chunked(BYTES));
});

const PASSING: readonly [name: string, fault: Fault][] = [
  ['500 InternalError', { kind: 'answer', status: 500, code: 'InternalError' }],
  ['503 ServiceUnavailable', { kind: 'answer', status: 503, code: 'ServiceUnavailable' }],
  ['a hanging store', { kind: 'hang' }],
  ['a body that is cut off', { kind: 'cut-answer', afterBytes: 70_000 }],
  ['a body that ends too early without a sign', { kind: 'cut-answer', afterBytes: 70_000, clean: true }],
  ['a body that stalls', { kind: 'stall-answer', afterBytes: 70_000 }],
  ['a connection that is reset', { kind: 'reset', afterBytes: 0 }],
];

describe('a passing fault', () => {
  it.each(PASSING)('does not hurt what is read: %s', async (_, fault) => {
    const { proxy } = harness;
    proxy.fail('GetObject', fault, 3);
    expect((await read(harness.openPatient(), 'large')).equals(BYTES)).toBe(true);
    proxy.clear();
    proxy.fail('GetObject', fault, 3);
    expect((await read(harness.openPatient(), 'small')).equals(SMALL)).toBe(true);
  });

  it('in the middle continues there, and does not begin again', async () => {
    const { proxy, open } = harness;
    proxy.fail('GetObject', { kind: 'cut-answer', afterBytes: 5 * MIB });
    expect((await read(open(), 'large')).equals(BYTES)).toBe(true);
    const ranges = proxy.seen.map(({ headers }) => headers.range);
    expect(ranges[0]).toBe(`bytes=0-${8 * MIB - 1}`);
    expect(ranges.find((range) => range?.endsWith(`-${8 * MIB - 1}`) && range !== ranges[0])).toMatch(/^bytes=[1-9]/);
    expect(proxy.seen[1]?.headers['if-match']).toMatch(/^"/);
  });

  it('does not count against the attempts as long as there is progress', async () => {
    const { proxy, open } = harness;
    // Twelve cuts of one range; five attempts are allowed.
    proxy.fail('GetObject', { kind: 'cut-answer', afterBytes: 300_000 }, 12);
    expect((await read(open(), 'large')).equals(BYTES)).toBe(true);
    expect(proxy.count('GetObject')).toBeGreaterThanOrEqual(12 + Math.ceil(BYTES.length / (8 * MIB)));
  });

  it('of looking, listing and deleting is survived', async () => {
    const { proxy } = harness;
    for (const [, fault] of PASSING.slice(0, 3)) {
      proxy.clear();
      for (const operation of ['HeadObject', 'ListObjectsV2', 'DeleteObject'] as const) proxy.fail(operation, fault);
      const store = harness.openPatient();
      expect(await store.head('small')).toMatchObject({ size: SMALL.length });
      const keys: string[] = [];
      for await (const { key } of store.list('')) keys.push(key);
      expect(keys).toEqual(expect.arrayContaining(['large', 'small']));
      const key = newKey();
      await harness.storeOther(key, SMALL);
      await store.delete?.(key);
      expect(await harness.stored(key)).toBeUndefined();
    }
  });
});

describe('a lasting fault', () => {
  it.each<[string, Fault, string, RegExp]>([
    ['500', { kind: 'answer', status: 500, code: 'InternalError' }, 'VAULT_UNREADABLE', /The fault InternalError/],
    ['a hanging store', { kind: 'hang' }, 'VAULT_UNREADABLE', /inactivity|timed out/],
    ['403', { kind: 'answer', status: 403, code: 'AccessDenied' }, 'VAULT_UNREADABLE', /s3:GetObject was refused/],
    ['an archived object', { kind: 'answer', status: 403, code: 'InvalidObjectState' }, 'VAULT_UNREADABLE', /archived/],
    ['KMS', { kind: 'answer', status: 400, code: 'KMS.NotFoundException' }, 'VAULT_UNREADABLE', /KMS refused the key/],
    ['nothing there', { kind: 'answer', status: 404, code: 'NoSuchKey' }, 'OBJECT_MISSING', /no such object/],
    ['no bucket', { kind: 'answer', status: 404, code: 'NoSuchBucket' }, 'VAULT_UNREADABLE', /there is no bucket/],
    ['no progress', { kind: 'cut-answer', afterBytes: 0 }, 'VAULT_UNREADABLE', /ECONNRESET|aborted|cut off/],
  ])('ends in an error: %s', async (_, fault, code, words) => {
    const { proxy, open } = harness;
    proxy.fail('GetObject', fault, Infinity);
    const error = await failure(read(open(), 'large'));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(words);
  });

  it('in a later range ends in an error after the bytes before it', async () => {
    const { proxy, open } = harness;
    const late: Fault = { kind: 'answer', status: 403, code: 'AccessDenied' };
    proxy.fail('GetObject', ({ headers }) => (headers.range?.startsWith(`bytes=${24 * MIB}-`) ? late : undefined), 9);
    const chunks: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of open().get('large')) chunks.push(chunk);
    })();
    expect(await failure(reading)).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(Buffer.concat(chunks).equals(BYTES.subarray(0, 24 * MIB))).toBe(true);
  });
});

describe('an object that is changed while it is read', () => {
  it('is noticed when it was replaced', async () => {
    const { open, storeOther } = harness;
    const key = newKey();
    await storeOther(key, BYTES);
    const reading = (async () => {
      for await (const _ of open().get(key)) await storeOther(key, Buffer.concat([BYTES, SMALL]));
    })();
    const error = await failure(reading);
    expect(error).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(error.message).toContain('replaced while it was being read');
  });

  it('is noticed when it was removed', async () => {
    const { open, storeOther, emulator, bucket } = harness;
    const key = newKey();
    await storeOther(key, BYTES);
    const reading = (async () => {
      for await (const _ of open().get(key)) {
        await emulator.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `vault/${key}` }));
      }
    })();
    const error = await failure(reading);
    expect(error).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(error.message).toContain('removed while it was being read');
  });
});

describe('the requests of a read', () => {
  it('are one for a small object', async () => {
    const { proxy, open } = harness;
    await read(open(), 'small');
    // A late request of the test before may still come in, for an object of its own.
    const seen = proxy.seen.filter(({ key }) => key.endsWith('small'));
    expect(seen.map(({ operation }) => operation)).toEqual(['GetObject']);
  });

  it('are at most four at a time, also when the reader is slow, and end when it stops', async () => {
    const { proxy, open } = harness;
    let taken = 0;
    for await (const chunk of open().get('large')) {
      taken += chunk.length;
      // As long as all that may be read ahead needs.
      await new Promise((resolve) => setTimeout(resolve, 300));
      if (taken >= 16 * MIB) break;
    }
    expect(proxy.mostAtATime.get('GetObject')).toBeLessThanOrEqual(4);
    expect(proxy.count('GetObject')).toBeLessThanOrEqual(6);
  });

  it('do not need a server that knows ranges', async () => {
    const { proxy, open } = harness;
    proxy.ignoreRanges = true;
    try {
      const store = open({ timeouts: { idleMs: 20_000 } });
      expect((await read(store, 'medium')).equals(LARGE)).toBe(true);
      const part: Uint8Array[] = [];
      for await (const chunk of store.get('small', { range: { start: 10, end: 19 } })) part.push(chunk);
      expect(Buffer.concat(part).equals(SMALL.subarray(10, 20))).toBe(true);
    } finally {
      proxy.ignoreRanges = false;
    }
  });
});
