/** Sources and sinks for the compression tests. */

/** The data, cut into chunks of the given sizes in turn. */
export async function* inChunks(data: Uint8Array, sizes: readonly number[] = [65536]): AsyncGenerator<Uint8Array> {
  let position = 0;
  for (let index = 0; position < data.length; index++) {
    const end = position + Math.max(1, sizes[index % sizes.length] ?? 65536);
    yield await Promise.resolve(data.subarray(position, end));
    position = end;
  }
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Text that compresses about as a dump does, the same for the same length. */
export function dumpLike(length: number): Buffer {
  const data = Buffer.alloc(length);
  let position = 0;
  let state = 1;
  for (let id = 1; position < length; id++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    position += data.write(
      `${id}\tcustomer ${state % 9973}\t2026-01-01 10:00:00+00\t${state / 7}\n`,
      position,
      'latin1',
    );
  }
  return data;
}

/** What a promise was rejected with. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('Expected a rejection, but the promise was fulfilled.');
}

/** Whether a process with this id exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
