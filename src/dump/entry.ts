/**
 * What one entry of a dump is, and its fingerprint.
 *
 * An entry is what pg_dump writes under one comment header. Large objects are the exception: their data share
 * one entry in the dump, since PostgreSQL 17 their definitions and grants do too, and each large object gets entries of its
 * own here.
 */

/** How entries are made of a dump: in 1, definitions and grants of large objects that share a header are one entry. */
export type FingerprintVersion = 1 | 2;

export const NEWEST_FINGERPRINT: FingerprintVersion = 2;

/** What every entry has. */
interface EntryBase {
  /** pg_dump's type in capitals: `TABLE`, `TABLE DATA`, `SEQUENCE SET`, `ACL`, `LARGE OBJECT DATA` … */
  readonly type: string;
  /** `null` for entries outside schemas. */
  readonly schema: string | null;
  /** The tag as in the header (`orders`, `orders orders_pkey`, `f(integer)`). */
  readonly name: string;
  /** `null` where the dump names no owner. */
  readonly owner: string | null;
  /** Which of the entries with the same type, schema and name this is, from 1: two operators may share all three. */
  readonly occurrence: number;
}

/** An entry that is SQL text. */
export interface SchemaEntry extends EntryBase {
  readonly kind: 'schema';
  /** Bytes of its statements. */
  readonly bytes: number;
  /** SHA-256, hex, of its statements without what differs from run to run and without the owner. */
  readonly sha256: string;
  /**
   * SHA-256, hex, of the same text in its canonical form (`canonical.ts`), which a reload does not change. Absent for
   * types that have no such form.
   */
  readonly canonicalSha256?: string;
}

/** The rows of one table. */
export interface TableDataEntry extends EntryBase {
  readonly kind: 'table-data';
  /** The table that the COPY statement names: with `--load-via-partition-root`, the root. */
  readonly table: { readonly schema: string; readonly name: string };
  /** In the order of the COPY statement. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Bytes of the rows, with their newlines. */
  readonly bytes: number;
  /** The order-independent hash of the rows: 32 hex digits. */
  readonly hash: string;
}

/** The state of one sequence. */
export interface SequenceValueEntry extends EntryBase {
  readonly kind: 'sequence-value';
  /** Decimal, may exceed 2^53. */
  readonly lastValue: string;
  readonly isCalled: boolean;
}

/** The content of one large object; `name` is its OID. */
export interface LargeObjectEntry extends EntryBase {
  readonly kind: 'large-object';
  readonly bytes: number;
  /** SHA-256, hex, of the content. */
  readonly sha256: string;
}

export type Entry = SchemaEntry | TableDataEntry | SequenceValueEntry | LargeObjectEntry;

/** What a whole dump adds up to. */
export interface DumpTotals {
  readonly entries: number;
  readonly tables: number;
  readonly rows: number;
  readonly largeObjects: number;
  /** Bytes of the plain SQL. */
  readonly rawBytes: number;
}
