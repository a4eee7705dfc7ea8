/** Streams a stored dump into psql, and commits only when every byte of it has been checked. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { abortError, throwIfAborted } from '../../core/cancellation.js';
import type { ProcessExit, RunningProcess } from '../../core/child-process.js';
import { DumpReader, type DumpObserver } from '../../dump/dump-reader.js';
import type { DumpTotals, Entry, FingerprintVersion } from '../../dump/entry.js';
import type { BorderWatcher } from '../../dump/segments/border-watcher.js';
import { EMPTY_SEARCH_PATH } from '../../postgres/session-guard.js';
import { SkippedRows, type PartialContent } from '../stored/partial-dump.js';
import { restoreError } from './restore-error.js';
import { restoreScript, type RestoreScriptOptions } from './restore-script.js';
import { SentStatements } from './sent-statements.js';

/** psql prints it after the commit, together with a word that code of the dump cannot know. */
const COMMITTED = 'holdfast: committed';

/**
 * What a dump takes for granted and does not set: with the settings of the target's database or role, its arrays and
 * expressions would be read differently, or foreign keys left unchecked. And of the server's messages, only those in
 * English are recognized.
 */
const MEANING = `SET array_nulls = on; SET transform_null_equals = off; SET backslash_quote = safe_encoding; SET DateStyle = 'ISO, MDY';
SELECT pg_catalog.set_config('session_replication_role', 'origin', false),
       pg_catalog.set_config('lc_messages', 'C', false) WHERE pg_catalog.current_setting('is_superuser') = 'on';
`;

/** Uses psql's own commands, so it comes before those are forbidden. */
const TELL_BACKEND =
  'SELECT pg_catalog.pg_backend_pid() AS holdfast_backend \\gset\n\\echo holdfast: backend :holdfast_backend\n';
const BACKEND = /^holdfast: backend (\d+)\n/m;

type Script = ReturnType<typeof restoreScript>;

/** Which part of a dump is restored, and what is done around it in the same transaction. */
export interface DumpChoice {
  /** Puts a choice before what writes the script. */
  readonly choose: (script: Script) => Script & Pick<DumpObserver, 'header'>;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface LoadDumpOptions extends RestoreScriptOptions {
  /** The plain dump. If it ends normally, all of it is right. What is left out of it belongs to no choice. */
  readonly content: PartialContent;
  /** Is told by the reader of the dump where it could be entered. */
  readonly borders?: BorderWatcher | undefined;
  /**
   * A psql that reads its standard input, with ON_ERROR_STOP, its stdout a pipe, and not in a transaction of its own.
   */
  readonly psql: RunningProcess;
  /** Whether it knows `\restrict`. One that does not, but is assumed to, ends at once. @default true */
  readonly restricted?: boolean;
  /** Runs first in the transaction, and fails if the dump must not be loaded. */
  readonly requirement?: string | undefined;
  /** Restores only a part of the dump. @default all of it */
  readonly choice?: DumpChoice | undefined;
  readonly onEntry?: (entry: Entry) => void;
  /** In which version these entries are made. @default the newest */
  readonly fingerprint?: FingerprintVersion | undefined;
  /** Called with the server's process before anything of the dump is sent. */
  readonly onBackend?: (pid: number) => void;
  readonly onProgress?: (rawBytes: number) => void;
  /**
   * Called when psql reaches COMMIT: from then on, a failure that is not the server's refusal leaves the outcome open.
   */
  readonly onCommit?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Restores the dump in one transaction. psql would commit what it has when its input merely ends, so the transaction is
 * ours: `COMMIT` is sent after the last byte has been checked, and an input that ends earlier is rolled back.
 *
 * @throws HoldfastError OBJECT_CORRUPT, DUMP_TRUNCATED, DUMP_MALFORMED, HOSTILE_DUMP, PSQL_UNPATCHED, RESTORE_FAILED
 *   with the server's message, RESTORE_CUT_OFF where psql or the server gave out; the signal's error. The target is
 *   unchanged after any of them, unless `onCommit` was called before: then only RESTORE_FAILED, HOSTILE_DUMP and
 *   PSQL_UNPATCHED mean that.
 */
export async function loadDump(options: LoadDumpOptions): Promise<DumpTotals> {
  const { psql } = options;
  const sent = new SentStatements();
  const send = (text: string) => {
    sent.own(text);
    psql.stdin.write(text);
  };
  const committed = `${COMMITTED} ${randomBytes(12).toString('hex')}\n`;
  try {
    const printed = watchOutput(psql, options.onBackend);
    const restriction = restrict(options.restricted ?? true);
    send(`${EMPTY_SEARCH_PATH};\n`);
    if (options.onBackend) send(TELL_BACKEND);
    send(restriction.begin);
    const totals = await sendDump(options, sent);
    // A psql that did not get this far also exits with 0: its input has ended, which is not an error.
    const after = options.choice?.after ?? [];
    // Its names are in our encoding, and no more in the dump's.
    if (after.length > 0) send("SET client_encoding = 'UTF8';\n");
    for (const statement of after) send(`${statement}\n`);
    throwIfAborted(options.signal);
    // What is written may wait in the pipe for a long time. psql flushes what it has printed before it reads on: if it
    // ends without this word, it has not reached COMMIT.
    const ready = randomBytes(12).toString('hex');
    printed.listenFor(ready, () => options.onCommit?.());
    send(`SELECT '${ready}';\n`);
    sent.own('COMMIT;\n');
    psql.stdin.end(`COMMIT;\n${restriction.end}\\echo ${committed}`);
    const exit = await psql.exited;
    // However psql ended, for example by an interruption that came too late: what is committed is committed.
    if (printed.tail().endsWith(committed)) return totals;
    throw restoreError(psql, exit, exit.code === 0 ? 'ended before it had committed' : undefined, sent);
  } catch (error) {
    await psql.stop();
    if (options.signal?.aborted) throw abortError(options.signal);
    throw error;
  }
}

/**
 * Variables whose values others choose. psql substitutes them for `:DBNAME` and so on, and reads their content as SQL.
 */
const VARIABLES = ['DBNAME', 'USER', 'HOST', 'PORT', 'SERVICE', 'SERVER_VERSION_NAME'];

/**
 * The reader has refused every psql command already. But what a restore runs can change how psql reads strings (it
 * follows standard_conforming_strings and client_encoding), so psql is told to refuse them too.
 */
function restrict(restricted: boolean): { readonly begin: string; readonly end: string } {
  const unset = VARIABLES.map((name) => `\\unset ${name}\n`).join('');
  if (!restricted) return { begin: unset, end: '' };
  const token = randomBytes(24).toString('hex');
  return { begin: `${unset}\\restrict ${token}\n`, end: `\\unrestrict ${token}\n` };
}

/** What psql prints is read and discarded, except its first lines, which are ours, and its last. */
function watchOutput(psql: RunningProcess, onBackend: LoadDumpOptions['onBackend']) {
  let tail = '';
  let told = onBackend === undefined;
  let awaited: { readonly word: string; readonly seen: () => void } | undefined;
  psql.stdout.on('data', (chunk: Buffer) => {
    const text = tail + chunk.toString('latin1');
    // Printed before anything of the dump is sent: what comes later does not count.
    const pid = told ? undefined : BACKEND.exec(text)?.[1];
    if (pid !== undefined) {
      told = true;
      onBackend?.(Number(pid));
    }
    if (awaited && text.includes(awaited.word)) {
      awaited.seen();
      awaited = undefined;
    }
    tail = text.slice(-4 * COMMITTED.length);
  });
  return {
    tail: () => tail,
    /** @param seen called when the word, which nothing in the dump can know, has been printed */
    listenFor: (word: string, seen: () => void) => (awaited = { word, seen }),
  };
}

async function sendDump(options: LoadDumpOptions, sent: SentStatements): Promise<DumpTotals> {
  const { psql, content, signal } = options;
  const ended = psql.exited;
  let endedEarly: ProcessExit | undefined;
  ended.then(
    (exit) => (endedEarly = exit),
    () => {},
  );

  let full = false;
  const write = (piece: Buffer) => {
    if (!psql.stdin.write(piece)) full = true;
  };
  const own = (text: string) => {
    sent.own(text);
    write(Buffer.from(text));
  };
  let rowsSent = false;
  const { statement, rows } = restoreScript({ ...options, onStatement: sent.ofDump.bind(sent) }, write);
  const script: Script = {
    statement,
    rows: (...piece) => {
      rowsSent = true;
      rows(...piece);
    },
  };
  const observer: DumpObserver = {
    ...(options.choice?.choose(script) ?? script),
    entry: (entry) => {
      if (rowsSent && entry.kind === 'table-data') sent.rows(entry.rows);
      rowsSent = false;
      options.onEntry?.(entry);
    },
  };
  const reader = new DumpReader(observer, options.borders, options.fingerprint);
  // The settings of a role or database may end a session that waits for the vault, and make transactions read-only. The
  // dump sets the first as well, but what comes before it may take a while.
  own('SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; SET lock_timeout = 0;\n');
  // A role or database may have an encoding in which psql would read the first lines differently from the reader.
  own("SET client_encoding = 'UTF8'; SET standard_conforming_strings = on;\n");
  own(MEANING);
  // Each statement sees what was there when it began: what is asked after a lock sees what came before that.
  own('BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE;\n');
  if (options.requirement !== undefined) own(`${options.requirement}\n`);
  for (const before of options.choice?.before ?? []) own(`${before}\n`);
  for await (const chunk of content) {
    if (chunk instanceof SkippedRows) {
      reader.skip(chunk.entry);
      continue;
    }
    reader.write(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (full && endedEarly === undefined) {
      // A broken pipe means that psql is ending: its exit status and last words say why.
      await Promise.race([once(psql.stdin, 'drain', { signal }).catch(() => ended), ended]);
      full = false;
    }
    if (endedEarly !== undefined) throw restoreError(psql, endedEarly, undefined, sent);
    options.onProgress?.(reader.progress.rawBytes);
  }
  return reader.end();
}
