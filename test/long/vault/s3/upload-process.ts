/**
 * A process that stores a stream of a given size, for its memory to be measured. Arguments: endpoint, bytes, expected
 * bytes (0 for unknown). Prints what was stored and the most memory that it had, in bytes, as JSON.
 */
import { openS3Store } from '../../../../src/vault/s3/s3-store.js';

const [endpoint = '', bytes = '0', expectedBytes = '0'] = process.argv.slice(2);
const CHUNK_BYTES = 64 << 10;

/** Chunks of their own memory, as a compressor gives them. */
async function* body(): AsyncGenerator<Uint8Array> {
  for (let left = Number(bytes), count = 0; left > 0; left -= CHUNK_BYTES, count++) {
    yield await Promise.resolve(Buffer.alloc(Math.min(CHUNK_BYTES, left), count & 255));
  }
}

const store = openS3Store({
  bucket: 'sink',
  clientOptions: {
    endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  },
});
const before = process.memoryUsage().rss;
const { size } = await store.put('object', body(), { expectedBytes: Number(expectedBytes) || undefined });
process.stdout.write(JSON.stringify({ size, before, most: process.resourceUsage().maxRSS * 1024 }));
