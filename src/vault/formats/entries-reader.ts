/** Reading the entries of a backup one after another, with little memory for any number of them. */
import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GIB, MIB } from '../../core/amounts.js';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.js';
import type { ObjectStore } from '../object-store.js';
import { describeIssues } from './document.js';
import { entrySchema, type EntryRecord } from './entries.js';

/**
 * The entries of a million objects take less, and all of them are held at once. A file that claims more is not read. In
 * bytes.
 */
export const MOST_ENTRIES_BYTES = GIB;
/** The most that a table can have; no other line of ours comes near the length of a line with that many names. */
const MAX_COLUMNS = 1600;
/** In bytes. */
const MAX_LINE_BYTES = MIB;

export interface ReadEntriesOptions {
  /** The manifest's `entriesSha256`: compared after the last entry. */
  readonly expectedSha256?: string | undefined;
  /** The manifest's: reading stops when the file inflates to more. */
  readonly rawBytes?: number | undefined;
  /** The manifest's: no more than this are read. */
  readonly entries?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The entries at `key`, in the order of the dump. Only after the last one is it known that all of them are right:
 * acting on them earlier means acting on possibly damaged data.
 *
 * @throws HoldfastError OBJECT_CORRUPT when the file is truncated, damaged or not the one expected; OBJECT_MISSING,
 *   VAULT_UNREADABLE
 */
export async function* readEntries(
  store: Pick<ObjectStore, 'get'>,
  key: string,
  { expectedSha256, rawBytes = MOST_ENTRIES_BYTES, entries = Infinity, signal }: ReadEntriesOptions = {},
): AsyncGenerator<EntryRecord> {
  const hash = createHash('sha256');
  let line = 0;
  if (rawBytes > MOST_ENTRIES_BYTES) {
    throw corrupt(
      key,
      `it holds ${rawBytes} bytes according to its manifest; at most ${MOST_ENTRIES_BYTES} are allowed`,
    );
  }
  for await (const text of readLines(store, key, { hash, rawBytes, signal })) {
    if (++line > entries) throw corrupt(key, `it holds more than the ${entries} entries that the manifest says`);
    yield parseLine(key, line, text);
  }
  const found = hash.digest('hex');
  if (expectedSha256 !== undefined && found !== expectedSha256) {
    throw corrupt(key, `its content has the SHA-256 ${found}, but the manifest says ${expectedSha256}`);
  }
}

async function* readLines(
  store: Pick<ObjectStore, 'get'>,
  key: string,
  options: {
    readonly hash: { update(bytes: Uint8Array): unknown };
    readonly rawBytes: number;
    readonly signal: AbortSignal | undefined;
  },
): AsyncGenerator<string> {
  const { hash, rawBytes, signal } = options;
  let bytes = 0;
  const gunzip = createGunzip({ chunkSize: 256 << 10 });
  // A failure of the store destroys `gunzip` with its error, and the loop below throws it.
  pipeline(Readable.from(store.get(key, { signal }), { objectMode: false }), gunzip, () => {});
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > rawBytes) throw corrupt(key, `it inflates to more than ${rawBytes} bytes`);
      hash.update(chunk);
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let start = 0;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
        if (end - start > MAX_LINE_BYTES) break;
        yield rest.toString('utf8', start, end);
        start = end + 1;
      }
      rest = rest.subarray(start);
      if (rest.length > MAX_LINE_BYTES) throw corrupt(key, `a line is longer than ${MAX_LINE_BYTES} bytes`);
    }
  } catch (error) {
    const code = systemCodeOf(error);
    if (code?.startsWith('Z_') && code !== 'Z_MEM_ERROR')
      throw corrupt(key, `it cannot be decompressed: ${messageOf(error)}`, error);
    throw error;
  }
  if (rest.length > 0) throw corrupt(key, 'its last line is cut off');
}

function parseLine(key: string, line: number, text: string): EntryRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw corrupt(key, `line ${line} is not JSON`, error);
  }
  // Before the schema sees them: it would describe what is wrong with each of half a million.
  if (columnsOf(value) > MAX_COLUMNS) throw corrupt(key, `line ${line} names more than ${MAX_COLUMNS} columns`);
  const result = entrySchema.safeParse(value);
  if (!result.success)
    throw corrupt(key, `line ${line} is not an entry: ${describeIssues(result.error)}`, result.error);
  return result.data;
}

function columnsOf(value: unknown): number {
  const { columns } = (value ?? {}) as { readonly columns?: unknown };
  return Array.isArray(columns) ? columns.length : 0;
}

function corrupt(key: string, fault: string, cause?: unknown): HoldfastError {
  return new HoldfastError('OBJECT_CORRUPT', `Reading the entries ${key} failed: ${fault}.`, { cause });
}
