/** Parts that are too large for memory, sent from disk: whole, in order, and again after a failure. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/core/logger.js';
import { Bucket } from '../../../../src/vault/s3/bucket.js';
import { MultipartUpload } from '../../../../src/vault/s3/multipart-upload.js';
import { PartFactory } from '../../../../src/vault/s3/part.js';
import { MAX_MEMORY_PART_BYTES } from '../../../../src/vault/s3/part-sizes.js';
import { Retrier } from '../../../../src/vault/s3/retry.js';
import { createClient } from '../../../../src/vault/s3/s3-store.js';
import { startCountingSink, type CountingSink } from '../../../emulator/counting-sink.js';
import { FaultProxy } from '../../../emulator/fault-proxy.js';
import { temporaryDirectory } from '../../../helpers/temporary-directory.js';

const MIB = 1 << 20;
const PART_BYTES = MAX_MEMORY_PART_BYTES + MIB;

let sink: CountingSink;
let proxy: FaultProxy;
beforeAll(async () => {
  sink = await startCountingSink();
  proxy = await FaultProxy.start(() => sink.endpoint);
});
afterAll(async () => {
  await proxy.stop();
  await sink.stop();
});

it('stores three parts from disk, each of which is cut off once', async () => {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const clientOptions = { endpoint: proxy.endpoint, forcePathStyle: true, region: 'us-east-1', credentials };
  const bucket = new Bucket({
    client: createClient({ bucket: 'sink', clientOptions }),
    bucket: 'sink',
    prefix: '',
    kmsKeyArn: undefined,
    retrier: new Retrier({ baseDelayMs: 1 }),
    logger: silentLogger,
    partDirectory: undefined,
  });
  const cut = new Set<string>();
  proxy.fail(
    'UploadPart',
    ({ query }) => {
      const number = query.get('partNumber') ?? '';
      if (cut.has(number)) return undefined;
      cut.add(number);
      return { kind: 'reset', afterBytes: Number(number) * 10 * MIB };
    },
    Infinity,
  );
  const factory = new PartFactory(temporaryDirectory());
  const upload = new MultipartUpload(bucket, { key: 'k', nonce: 'n' });
  for (const size of [PART_BYTES, PART_BYTES, 3 * MIB + 1]) {
    const part = await factory.create(PART_BYTES);
    for (let left = size; left > 0; left -= MIB) await part.fill(randomBytes(Math.min(MIB, left)));
    await upload.send(part);
  }
  await upload.complete();
  // The sink has checked the checksums of the parts and of the whole.
  expect(sink.faults).toEqual([]);
  expect([...sink.parts.values()].sort()).toEqual([PART_BYTES, PART_BYTES, 3 * MIB + 1].sort());
  expect(sink.completedBytes).toBe(2 * PART_BYTES + 3 * MIB + 1);
  expect(cut).toEqual(new Set(['1', '2', '3']));
}, 60_000);
