/** Streams a stored dump into psql, and commits only when every byte of it has proved right. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { abortError } from '../../core/cancellation.js';
import { describeExit, type RunningProcess } from '../../core/child-process.js';
import { HoldfastError } from '../../core/errors.js';
import type { CompressionMethod } from '../../dump/compression/method.js';
import { DumpReader } from '../../dump/dump-reader.js';
import type { DumpTotals, Entry } from '../../dump/entry.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { readContent, type StoredPart } from '../read-verified.js';
import { knowsRestrict } from '../../postgres/client-choice.js';
import { restoreScript, type RestoreScriptOptions } from './restore-script.js';

/** psql prints it after the commit. */
const COMMITTED = 'holdfast: committed';

export interface LoadDumpOptions extends RestoreScriptOptions {
  readonly store: ObjectStore;
  readonly part: StoredPart;
  readonly compression: CompressionMethod;
  /** A psql that reads its standard input, with ON_ERROR_STOP, its stdout a pipe, and not in a transaction of its own. */
  readonly psql: RunningProcess;
  /** Its version, as `server_version_num`. */
  readonly psqlVersionNum: number;
  readonly env: NodeJS.ProcessEnv;
  readonly onEntry?: (entry: Entry) => void;
  readonly onProgress?: (rawBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Restores the dump in one transaction. psql would commit what it has when its input merely ends, so the transaction
 * is ours: `COMMIT` is sent after the last byte was checked, and an input that ends before it rolls back.
 *
 * @throws HoldfastError OBJECT_CORRUPT, DUMP_TRUNCATED, DUMP_MALFORMED, HOSTILE_DUMP, RESTORE_FAILED with the server's
 *   message; the signal's error. The target is unchanged after any of them.
 */
export async function loadDump(options: LoadDumpOptions): Promise<DumpTotals> {
  const { psql } = options;
  try {
    const printed = keepTail(psql);
    const restriction = restrict(options.psqlVersionNum);
    psql.stdin.write(restriction.begin);
    const totals = await sendDump(options);
    // A psql that did not get as far as this exits with 0 as well: its input has ended, and that is no error.
    psql.stdin.end(`COMMIT;\n${restriction.end}\\echo ${COMMITTED}\n`);
    const exit = await psql.exited;
    if (exit.code !== 0) throw restoreError(psql, describeExit(exit));
    if (!printed().endsWith(`${COMMITTED}\n`)) throw restoreError(psql, 'ended before it had committed');
    return totals;
  } catch (error) {
    await psql.stop();
    if (options.signal?.aborted) throw abortError(options.signal);
    throw error;
  }
}

/**
 * The reader has refused every psql command already. But what a restore runs can change how psql reads strings (it
 * follows standard_conforming_strings), so psql is told to refuse them too, where it can.
 */
function restrict(psqlVersionNum: number): { readonly begin: string; readonly end: string } {
  if (!knowsRestrict(psqlVersionNum)) return { begin: '', end: '' };
  const token = randomBytes(24).toString('hex');
  return { begin: `\\restrict ${token}\n`, end: `\\unrestrict ${token}\n` };
}

/** What psql prints is read and forgotten, but for its last line. */
function keepTail(psql: RunningProcess): () => string {
  let tail = '';
  psql.stdout.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString('latin1')).slice(-2 * COMMITTED.length)));
  return () => tail;
}

async function sendDump(options: LoadDumpOptions): Promise<DumpTotals> {
  const { psql, store, part, compression, env, signal } = options;
  const ended = psql.exited.then((exit) => describeExit(exit));
  let endedEarly: string | undefined;
  ended.then(
    (how) => (endedEarly = how),
    () => {},
  );

  let full = false;
  const write = (piece: Buffer) => {
    if (!psql.stdin.write(piece)) full = true;
  };
  const reader = new DumpReader({ ...restoreScript(options, write), entry: options.onEntry });
  // The settings of a role or database may end a session that waits for the vault, and make transactions read-only. The
  // dump sets the first as well, but what comes before it takes its time.
  write(Buffer.from('SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; SET lock_timeout = 0;\n'));
  write(Buffer.from('BEGIN READ WRITE;\n'));
  for await (const chunk of readContent(store, part, { method: compression, env, signal })) {
    reader.write(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (full && endedEarly === undefined) {
      // A broken pipe means that psql is ending: its exit status and last words tell why.
      await Promise.race([once(psql.stdin, 'drain', { signal }).catch(() => ended), ended]);
      full = false;
    }
    if (endedEarly !== undefined) throw restoreError(psql, endedEarly);
    options.onProgress?.(reader.progress.rawBytes);
  }
  return reader.end();
}

function restoreError(psql: RunningProcess, how: string): HoldfastError {
  const words = withoutRows(psql.stderr());
  return new HoldfastError(
    'RESTORE_FAILED',
    words ? `The restore failed: ${words}` : `The restore failed: psql ${how}.`,
  );
}

/**
 * The server's message without rows of the table: the message may end up in a proof or a log, and they are the user's
 * data. Of the context the table and the line stay; details, which quote keys, go.
 */
function withoutRows(words: string): string {
  return words
    .split('\n')
    .map((line) => line.replace(/^psql:<stdin>:\d+: /, '').replace(/^(CONTEXT: .*?, line \d+).*$/, '$1'))
    .filter((line) => /^(?:ERROR|FATAL|PANIC|HINT|CONTEXT|psql|server closed|connection)\b/.test(line))
    .join('\n');
}
