/** Reading stored records one after another, with little memory for any number of them: gzip → JSON lines → records. */
import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type * as z from 'zod';
import { KIB, MIB } from '../../core/amounts.js';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.js';
import type { ObjectStore } from '../object-store.js';
import { describeIssues } from './document.js';

/** What the records of a file are. */
export interface LinesFormat<Schema extends z.ZodType> {
  /** For messages: `entries`. */
  readonly title: string;
  /** For messages, with its article: `an entry`. */
  readonly record: string;
  readonly schema: Schema;
  /** The most bytes of lines that are read. */
  readonly mostBytes: number;
  /** What is wrong with a record that the schema would take too long to say. */
  readonly fault?: (value: unknown) => string | undefined;
}

/** No line of ours comes near it: that of a table with the most columns, all with the longest names. In bytes. */
const MAX_LINE_BYTES = MIB;

export interface ReadLinesOptions {
  /** SHA-256 before compression, hex: compared after the last record. */
  readonly expectedSha256?: string | undefined;
  /** The manifest's: reading stops when the file inflates to more. */
  readonly rawBytes?: number | undefined;
  /** No more records than this are read. @default any number */
  readonly mostRecords?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The records at `key`, in the order of the file. Only after the last one is it known that all of them are right:
 * acting on them earlier means acting on possibly damaged data.
 *
 * @throws HoldfastError OBJECT_CORRUPT when the file is truncated, damaged or not the one expected; OBJECT_MISSING,
 *   VAULT_UNREADABLE
 */
export async function* readLines<Schema extends z.ZodType>(
  store: Pick<ObjectStore, 'get'>,
  key: string,
  format: LinesFormat<Schema>,
  { expectedSha256, rawBytes = format.mostBytes, mostRecords = Infinity, signal }: ReadLinesOptions = {},
): AsyncGenerator<z.infer<Schema>> {
  const corrupt = (fault: string, cause?: unknown) =>
    new HoldfastError('OBJECT_CORRUPT', `Reading the ${format.title} ${key} failed: ${fault}.`, { cause });
  const hash = createHash('sha256');
  let line = 0;
  if (rawBytes > format.mostBytes) {
    throw corrupt(`it holds ${rawBytes} bytes according to its manifest; at most ${format.mostBytes} are allowed`);
  }
  for await (const text of splitLines(store.get(key, { signal }), { hash, rawBytes, corrupt })) {
    if (++line > mostRecords)
      throw corrupt(`it holds more than the ${mostRecords} ${format.title} that the manifest says`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw corrupt(`line ${line} is not JSON`, error);
    }
    const fault = format.fault?.(value);
    if (fault !== undefined) throw corrupt(`line ${line} ${fault}`);
    const result = format.schema.safeParse(value);
    if (!result.success) {
      throw corrupt(`line ${line} is not ${format.record}: ${describeIssues(result.error)}`, result.error);
    }
    yield result.data;
  }
  const found = hash.digest('hex');
  if (expectedSha256 !== undefined && found !== expectedSha256) {
    throw corrupt(`its content has the SHA-256 ${found}, but the manifest says ${expectedSha256}`);
  }
}

async function* splitLines(
  stored: AsyncIterable<Uint8Array>,
  options: {
    readonly hash: { update(bytes: Uint8Array): unknown };
    readonly rawBytes: number;
    readonly corrupt: (fault: string, cause?: unknown) => HoldfastError;
  },
): AsyncGenerator<string> {
  const { hash, rawBytes, corrupt } = options;
  let bytes = 0;
  const gunzip = createGunzip({ chunkSize: 256 * KIB });
  // A failure of the store destroys `gunzip` with its error, and the loop below throws it.
  pipeline(Readable.from(stored, { objectMode: false }), gunzip, () => {});
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > rawBytes) throw corrupt(`it inflates to more than ${rawBytes} bytes`);
      hash.update(chunk);
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let start = 0;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
        if (end - start > MAX_LINE_BYTES) break;
        yield rest.toString('utf8', start, end);
        start = end + 1;
      }
      rest = rest.subarray(start);
      if (rest.length > MAX_LINE_BYTES) throw corrupt(`a line is longer than ${MAX_LINE_BYTES} bytes`);
    }
  } catch (error) {
    const code = systemCodeOf(error);
    if (code?.startsWith('Z_') && code !== 'Z_MEM_ERROR') {
      throw corrupt(`it cannot be decompressed: ${messageOf(error)}`, error);
    }
    throw error;
  }
  if (rest.length > 0) throw corrupt('its last line is cut off');
}
