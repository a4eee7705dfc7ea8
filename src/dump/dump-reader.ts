/**
 * Reads a plain-format dump as it passes and gives each entry its fingerprint.
 *
 * The commit gate rests on it: {@link DumpReader.end} succeeds only when pg_dump's closing line was seen and every
 * entry was closed.
 *
 * Above 400 lines because it is one state machine over the pieces of the scanner, with the state of the entry in between.
 */
import { createHash, type Hash } from 'node:crypto';
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { ColumnOrder, isReordered } from './column-order.js';
import { definitionFingerprint } from './definition-fingerprint.js';
import { isAmbiguousHeader, parseEntryHeader, type EntryHeader } from './entry-header.js';
import {
  NEWEST_FINGERPRINT,
  type DumpTotals,
  type Entry,
  type FingerprintVersion,
  type TableDataEntry,
} from './entry.js';
import { OccurrenceCounter } from './occurrence-counter.js';
import { isLargeObjectGroup, splitLargeObjectGroup, withoutMisprint } from './large-object-groups.js';
import { isEntryStatement, isPreambleStatement, isSettingBetween } from './pg-dump-statements.js';
import { RowHash } from './row-hash.js';
import type { BorderWatcher } from './segments/border-watcher.js';
import type { RowShare } from './segments/segment.js';
import { SqlScanner } from './sql-scanner.js';
import {
  parseCopy,
  parseLargeObjectOpen,
  parseLargeObjectWrite,
  parseSetval,
  type CopyStatement,
} from './statement.js';
import { decoderFor, type Decode } from './text-encoding.js';

const CLOSING_LINE = '-- PostgreSQL database dump complete';
/** psql commands that pg_dump itself writes since the fix of CVE-2025-8714: around all of the dump, with one token. */
const OWN_COMMAND = /^\\((?:un)?restrict) ([A-Za-z0-9]+)$/;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** The longest that is believed; a function with a hundred arguments with long names takes less. In bytes. */
const MAX_COMMENT_BYTES = 64 << 10;
/**
 * The most that the statements of one entry may take while it is read; no PostgreSQL object comes near it. In bytes.
 */
const MAX_HELD_BYTES = 1 << 30;
/** What a statement takes at least, however short it is. */
const BYTES_OF_STATEMENT = 512;

/** What is passed on while a dump is read; all optional. Bytes are there only during the call. */
export interface DumpObserver {
  /** An entry is complete. */
  entry?(entry: Entry): void;
  /** A comment before the first entry, in which pg_dump says which versions it is and has dumped. */
  preamble?(line: string): void;
  /** A header was read: the pieces that follow belong to it. */
  header?(header: EntryHeader, ordinal: number): void;
  /**
   * A statement of the current entry (`undefined` in the preamble), from its first byte to its semicolon; `decode`
   * reads it as text in the dump's encoding.
   */
  statement?(text: Buffer, header: EntryHeader | undefined, decode: Decode): void;
  /** Bytes of table data, from `start` to before `end`, with the end marker. */
  rows?(chunk: Buffer, start: number, end: number): void;
}

/** The state of the entry being read. */
interface OpenEntry {
  readonly line: string;
  header: EntryHeader;
  statements: Buffer[];
  /** Bytes that they take. */
  held: number;
  copy: CopyStatement | undefined;
  /**
   * Set if the rows go to a table whose first rows had their columns in a different order: converts them to that order.
   */
  reordered: { readonly order: ColumnOrder; readonly columns: readonly string[]; readonly hash: RowHash } | undefined;
  value: { lastValue: string; isCalled: boolean } | undefined;
  largeObject: { oid: string; bytes: number; hash: Hash } | undefined;
  readonly accessMethod: string | undefined;
  /** The last statement of the grants of several large objects, as pg_dump wrote it. */
  grant: Buffer | undefined;
}

export class DumpReader {
  readonly #observer: DumpObserver;
  readonly #borders: BorderWatcher | undefined;
  #decode: Decode = decoderFor('UTF8');
  readonly #rowHash = new RowHash();
  readonly #scanner = new SqlScanner({
    statement: (text, start) => this.#onStatement(text, start),
    comment: (line, start) => this.#onComment(line, start),
    command: (line) => this.#onCommand(line),
    rows: (chunk, start) => this.#onRows(chunk, start),
  });
  readonly #occurrences = new OccurrenceCounter();
  /** The columns of the first rows that were loaded into a table from one of its partitions. */
  readonly #rootColumns = new Map<string, readonly string[]>();
  #open: OpenEntry | undefined;
  #closed = false;
  #accessMethod: string | undefined;
  /** The token of `\restrict`, until `\unrestrict` repeats it. */
  #restrictToken: string | undefined;
  /** Where the comment before this one began, if it was only two dashes. */
  #dashes = -1;
  #ordinal = 0;
  #entries = 0;
  #tables = 0;
  #rows = 0;
  #largeObjects = 0;
  readonly #fingerprint: FingerprintVersion;
  #needed: FingerprintVersion = 1;
  #misprinted = false;

  /**
   * @param borders is told where the dump could be entered
   * @param fingerprint the version in which entries are made: for what is compared with a backup, the backup's
   */
  constructor(
    observer: DumpObserver = {},
    borders?: BorderWatcher,
    fingerprint: FingerprintVersion = NEWEST_FINGERPRINT,
  ) {
    this.#observer = observer;
    this.#borders = borders;
    this.#fingerprint = fingerprint;
  }

  /** Whether pg_dump has miswritten grants of large objects, which are read as they were meant. */
  get misprinted(): boolean {
    return this.#misprinted;
  }

  /** The lowest version in which the entries so far would be the same. */
  get fingerprintNeeded(): FingerprintVersion {
    return this.#needed;
  }

  /**
   * @param chunk nothing of it is kept: its memory may be used again
   * @throws HoldfastError DUMP_MALFORMED, HOSTILE_DUMP; whatever the observer throws
   */
  write(chunk: Buffer): void {
    this.#scanner.write(chunk);
  }

  /**
   * An entry with rows that is not written to the reader, in its place between two others.
   *
   * @returns its number among the headers
   */
  skip(entry: TableDataEntry): number {
    this.#finishEntry();
    this.#identify(entry.type, entry.schema, entry.name, entry.owner);
    const { table, columns } = entry;
    const root = `${table.schema}\0${table.name}`;
    const isRoot = table.name !== entry.name || table.schema !== entry.schema;
    if (isRoot && !this.#rootColumns.has(root)) this.#rootColumns.set(root, columns);
    this.#entries++;
    this.#tables++;
    this.#rows += entry.rows;
    return ++this.#ordinal;
  }

  /** Whether what comes next begins a comment or a statement of its own: not within one, nor within rows. */
  get isBetween(): boolean {
    return this.#scanner.isBetween;
  }

  /** Bytes and rows seen so far, for progress. */
  get progress(): { readonly rawBytes: number; readonly rows: number } {
    return { rawBytes: this.#scanner.bytes, rows: this.#rows + this.#rowHash.rows };
  }

  /**
   * Ends the dump.
   *
   * What follows the closing line (`--` and an empty line) carries no information, so it may be cut off between two
   * lines. Only `\unrestrict` must be there where pg_dump wrote `\restrict`.
   *
   * @throws HoldfastError DUMP_TRUNCATED when the stream ended before pg_dump's closing line, or inside a line
   */
  end(): DumpTotals {
    this.#scanner.end();
    if (!this.#closed || this.#restrictToken !== undefined) {
      throw new HoldfastError(
        'DUMP_TRUNCATED',
        `The dump ends after ${this.#scanner.bytes} bytes without pg_dump's closing lines.`,
      );
    }
    this.#borders?.end(this.#scanner.bytes, this.#entries);
    return {
      entries: this.#entries,
      tables: this.#tables,
      rows: this.#rows,
      largeObjects: this.#largeObjects,
      rawBytes: this.#scanner.bytes,
    };
  }

  #onComment(comment: Buffer, start: number): void {
    const above = this.#dashes;
    this.#dashes = comment.length === 2 ? start : -1;
    if (comment.length > MAX_COMMENT_BYTES) {
      const line = comment.toString('utf8', 0, 80);
      throw new HoldfastError(
        'DUMP_MALFORMED',
        `The dump holds a comment of ${comment.length} bytes, ${quoted(`${line}…`)}.`,
      );
    }
    const line = this.#decode(comment);
    if (line === CLOSING_LINE) {
      this.#finishEntry();
      this.#closed = true;
      return;
    }
    const header = parseEntryHeader(line);
    if (!header) {
      if (this.#ordinal === 0 && !this.#closed) this.#observer.preamble?.(line);
      return;
    }
    this.#finishEntry();
    this.#refuseAfterEnd(`the entry ${quoted(line)}`);
    this.#ordinal++;
    this.#open = {
      line,
      header,
      statements: [],
      held: 0,
      copy: undefined,
      reordered: undefined,
      value: undefined,
      largeObject: undefined,
      accessMethod: this.#accessMethod,
      grant: undefined,
    };
    // pg_dump puts a line with nothing but two dashes above each header.
    const at = above === start - '--\n'.length ? above : start;
    this.#borders?.entry(at, this.#entries + 1, header.type === 'TABLE DATA');
    this.#observer.header?.(header, this.#ordinal);
  }

  #onCommand(command: Buffer): void {
    const line = command.toString('utf8').trimEnd();
    const [, name, token] = OWN_COMMAND.exec(line) ?? [];
    if (name === 'restrict') this.#refuseAfterEnd('the psql command \\restrict');
    const untouched = this.#ordinal === 0 && this.#restrictToken === undefined && !this.#closed;
    if (name === 'restrict' && untouched) {
      this.#restrictToken = token;
    } else if (name === 'unrestrict' && this.#closed && token === this.#restrictToken) {
      this.#restrictToken = undefined;
    } else {
      // As a second dump begins.
      if (name === 'restrict') this.#refuseAfterEnd('another \\restrict');
      throw new HoldfastError('HOSTILE_DUMP', `The dump holds the psql command ${quoted(line.slice(0, 80))}.`);
    }
  }

  #onStatement(written: Buffer, start: number): void {
    this.#refuseAfterEnd('a statement');
    const open = this.#open;
    const text = this.#asMeant(written, open);
    if (text === undefined) return;
    if (!open) {
      if (!isPreambleStatement(text)) {
        // A setting that pg_dump does not write may change what psql takes for a string.
        const hostile = /^\s*(?:set|reset|select|discard)\b/i.test(text.toString('latin1', 0, 20));
        throw new HoldfastError(
          hostile ? 'HOSTILE_DUMP' : 'DUMP_MALFORMED',
          `The dump holds a statement before its first entry: ${quoted(text.toString('utf8', 0, 80))}`,
        );
      }
      this.#noteEncoding(text);
    } else if (isSettingBetween(text)) {
      this.#noteAccessMethod(text);
    } else if (open.header.type === 'BLOBS') {
      this.#readLargeObject(open, text, start);
    } else {
      this.#addStatement(open, text);
    }
    this.#observer.statement?.(text, open?.header, this.#decode);
  }

  /** The statement that pg_dump should have written; undefined for none. */
  #asMeant(written: Buffer, open: OpenEntry | undefined): Buffer | undefined {
    if (open?.header.type !== 'ACL' || !isLargeObjectGroup(open.header)) return written;
    const meant = withoutMisprint(open.header, written, open.grant);
    open.grant = Buffer.from(written);
    if (meant !== written) this.#misprinted = true;
    return meant;
  }

  #addStatement(open: OpenEntry, text: Buffer): void {
    if (open.statements.length === 0 && !open.copy && isAmbiguousHeader(open.line)) {
      const header = parseEntryHeader(open.line, this.#decode(text));
      if (header) open.header = header;
    }
    const { type } = open.header;
    // psql reads rows after any COPY, so one under another header would be rows that no entry accounts for.
    if (type === 'TABLE DATA' || text.toString('latin1', 0, 5) === 'COPY ') {
      const copy = type === 'TABLE DATA' && !open.copy ? parseCopy(this.#decode(text)) : undefined;
      if (!copy) throw malformed('table data that is not a single COPY', open);
      open.copy = copy;
      open.reordered = this.#reorder(open.header, copy);
    } else if (type === 'SEQUENCE SET') {
      const value = open.value ? undefined : parseSetval(this.#decode(text), this.#scanner.standardStrings);
      if (!value) throw malformed('a sequence value that is not a single setval', open);
      open.value = value;
    } else if (isEntryStatement(type, text)) {
      open.held += text.length + BYTES_OF_STATEMENT;
      if (open.held > MAX_HELD_BYTES) throw malformed('statements that never end', open);
      open.statements.push(Buffer.from(text));
    } else {
      const statement = text.toString('utf8', 0, 80);
      // The server defines an index for pg_dump as it is now, and one that is gone as nothing.
      if (statement === ';') {
        throw new HoldfastError('DUMP_OVERTAKEN', `The dump has no definition for ${quoted(open.line)}.`);
      }
      throw new HoldfastError(
        'HOSTILE_DUMP',
        `The dump holds a statement that pg_dump does not write, ${quoted(statement)}, in ${quoted(open.line)}.`,
      );
    }
  }

  #reorder(header: EntryHeader, copy: CopyStatement): OpenEntry['reordered'] {
    if (copy.name === header.name && copy.schema === header.schema) return undefined;
    const key = `${copy.schema}\0${copy.name}`;
    const columns = this.#rootColumns.get(key);
    if (!columns) this.#rootColumns.set(key, copy.columns);
    if (!columns || !isReordered(copy.columns, columns)) return undefined;
    return { order: new ColumnOrder(copy.columns, columns), columns, hash: new RowHash() };
  }

  #readLargeObject(open: OpenEntry, text: Buffer, start: number): void {
    const data = open.largeObject && parseLargeObjectWrite(text);
    if (data && open.largeObject) {
      open.largeObject.bytes += data.length;
      open.largeObject.hash.update(data);
      return;
    }
    const statement = text.toString('latin1', 0, 200);
    if (!open.largeObject && (statement === 'BEGIN;' || statement === 'COMMIT;')) return;
    const oid = parseLargeObjectOpen(statement);
    if (oid !== undefined && !open.largeObject) {
      open.largeObject = { oid, bytes: 0, hash: createHash('sha256') };
      this.#borders?.entry(start, this.#entries + 1, false);
      return;
    }
    if (open.largeObject && statement === 'SELECT pg_catalog.lo_close(0);') {
      const { oid: name, bytes, hash } = open.largeObject;
      open.largeObject = undefined;
      this.#largeObjects++;
      const identity = this.#identify('LARGE OBJECT DATA', null, name, null);
      this.#emit({ kind: 'large-object', ...identity, bytes, sha256: hash.digest('hex') });
      return;
    }
    throw malformed(`large object data in an unknown form (${quoted(statement.slice(0, 80))})`, open);
  }

  #onRows(chunk: Buffer, start: number): number {
    const borders = this.#borders;
    if (!borders) return this.#readRows(chunk, start);
    const offset = this.#scanner.bytes;
    for (let from = start; ;) {
      const until = this.#interruption(chunk, from, borders.pause - offset);
      const end = this.#readRows(until === chunk.length ? chunk : chunk.subarray(0, until), from);
      if (end >= 0) return end;
      if (offset + until >= borders.pause) {
        borders.reached(offset + until, this.#rowHash.midRow ? undefined : this.#share());
      }
      if (until === chunk.length) return -1;
      from = until;
    }
  }

  /** How far rows are read before the watcher is asked: to `pause`, or to the end of a row where that is behind us. */
  #interruption(chunk: Buffer, from: number, pause: number): number {
    if (pause > from) return Math.min(pause, chunk.length);
    if (!this.#rowHash.midRow) return from;
    const newline = chunk.indexOf(NEWLINE, from);
    return newline < 0 ? chunk.length : newline + 1;
  }

  #readRows(chunk: Buffer, start: number): number {
    const end = this.#rowHash.consume(chunk, start);
    const stop = end < 0 ? chunk.length : end;
    // COPY writes it as \r. psql also accepts `\.` with a carriage return as the end, and would run the rows after it.
    if (chunk.subarray(start, stop).includes(CARRIAGE_RETURN)) {
      throw new HoldfastError(
        'HOSTILE_DUMP',
        `The dump holds a bare carriage return in ${quoted(String(this.#open?.line))}.`,
      );
    }
    const reordered = this.#open?.reordered;
    if (reordered) reordered.hash.consumeRaw(reordered.order.reorder(chunk.subarray(start, stop)));
    if (stop > start) this.#observer.rows?.(chunk, start, stop);
    return end;
  }

  /** What the rows so far add up to. */
  #share(open = this.#open): RowShare {
    const hash = open?.reordered?.hash ?? this.#rowHash;
    return { rows: this.#rowHash.rows, hash: hash.hex() };
  }

  #finishEntry(): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    const { type, schema, name } = open.header;
    if (open.largeObject) {
      throw new HoldfastError('DUMP_MALFORMED', `The large object ${open.largeObject.oid} is not closed in the dump.`);
    }
    if (type === 'BLOBS') return;
    if ((type === 'TABLE DATA' && !open.copy) || (type === 'SEQUENCE SET' && !open.value)) {
      throw malformed('no data', open);
    }
    if (this.#finishGroup(open)) return;
    const identity = this.#identify(type, schema, name, open.header.owner);
    if (open.copy) {
      const { rows, bytes } = this.#rowHash;
      const { schema: tableSchema, name: tableName } = open.copy;
      this.#borders?.tableEnd(this.#share(open));
      const { columns, hash } = open.reordered ?? { columns: open.copy.columns, hash: this.#rowHash };
      this.#emit({
        kind: 'table-data',
        ...identity,
        table: { schema: tableSchema, name: tableName },
        columns,
        rows,
        bytes,
        hash: hash.hex(),
      });
      this.#tables++;
      this.#rows += rows;
      this.#rowHash.reset();
    } else if (open.value) {
      this.#emit({ kind: 'sequence-value', ...identity, ...open.value });
    } else {
      this.#emit({ kind: 'schema', ...identity, ...definitionFingerprint(open, this.#decode) });
    }
  }

  /** @returns whether the entry was one of several large objects, each of which is an entry of its own */
  #finishGroup(open: OpenEntry): boolean {
    if (this.#fingerprint === 1 || !isLargeObjectGroup(open.header)) return false;
    const members = splitLargeObjectGroup(open.header, open.statements);
    if (!members) return false;
    this.#needed = 2;
    const { type, schema, owner } = open.header;
    for (const { name, statements } of members) {
      const definition = definitionFingerprint({ ...open, statements }, this.#decode);
      this.#emit({ kind: 'schema', ...this.#identify(type, schema, name, owner), ...definition });
    }
    return true;
  }

  #identify(type: string, schema: string | null, name: string, owner: string | null) {
    const occurrence = this.#occurrences.count(`${type}\0${schema ?? ''}\0${name}`);
    return { type, schema, name, owner, occurrence };
  }

  #emit(entry: Entry): void {
    this.#entries++;
    this.#observer.entry?.(entry);
  }

  /** Names are read in the encoding that the preamble sets. */
  #noteEncoding(text: Buffer): void {
    const encoding = /^SET client_encoding = '(\w+)';$/.exec(text.toString('latin1', 0, 100))?.[1];
    if (encoding !== undefined) this.#decode = decoderFor(encoding);
  }

  /** The access method of the tables that follow is given once, in a SET between two entries. */
  #noteAccessMethod(text: Buffer): void {
    const match = /^SET default_table_access_method = (.*);$/.exec(text.toString('utf8'));
    if (match) this.#accessMethod = match[1] === 'heap' || match[1] === "''" ? undefined : match[1];
  }

  #refuseAfterEnd(what: string): void {
    if (!this.#closed) return;
    throw new HoldfastError('DUMP_MALFORMED', `The dump holds ${what} after its closing line.`, {
      hint: 'Several dumps, one behind the other, or something that was appended: pg_dump writes nothing there.',
    });
  }
}

function malformed(what: string, open: OpenEntry): HoldfastError {
  return new HoldfastError('DUMP_MALFORMED', `The dump holds ${what}, in ${quoted(open.line)}.`);
}
