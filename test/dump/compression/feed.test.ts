/** Feeding a sink that goes away ends, at whatever point it does. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { startFeeding } from '../../../src/dump/compression/feed.js';

test('a source that ends when its sink has closed already is not complete, and stops', async () => {
  const sink = new PassThrough();
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  async function* source() {
    yield Buffer.from('a piece');
    await held;
  }
  const feeding = startFeeding(source(), sink, () => {});
  await once(sink, 'readable');
  sink.destroy();
  await once(sink, 'close');
  release();
  // The source has ended by then, and its end is on its way into the sink.
  await new Promise((resolve) => setImmediate(resolve));
  await feeding.stop();
  expect(feeding.complete).toBe(false);
  expect(feeding.failure).toBeUndefined();
});
