/**
 * Puts the large tables that we read ourselves where pg_dump would have written them.
 *
 * pg_dump is told to leave out their rows, and writes everything else. Its entries with rows are sorted by the bytes of
 * schema and name, behind all that is needed before and before sequences' values, large objects, indexes and
 * constraints: so each table has its place in front of the first entry that comes after it.
 */
import { HoldfastError } from '../../core/errors.js';
import type { DumpReader } from '../../dump/dump-reader.js';
import { parseEntryHeader } from '../../dump/entry-header.js';
import { compareTables, type LargeTable } from '../../postgres/readers/large-tables.js';
import type { ReaderPool } from '../../postgres/readers/reader-pool.js';
import type { TableReaders } from '../../postgres/readers/table-readers.js';

/** Tables that are being read beside pg_dump. */
export interface LargeTables {
  /** In the order of pg_dump. */
  readonly tables: readonly LargeTable[];
  readonly readers: TableReaders;
  /** The sessions. */
  readonly pool: Pick<ReaderPool, 'requireAlive' | 'size' | 'end'>;
}

/** What pg_dump writes only when all rows are written. */
const AFTER_ROWS: ReadonlySet<string> = new Set([
  ...['SEQUENCE SET', 'BLOBS', 'CONSTRAINT', 'FK CONSTRAINT', 'CHECK CONSTRAINT', 'INDEX', 'INDEX ATTACH'],
  ...['STATISTICS', 'STATISTICS DATA', 'RULE', 'TRIGGER', 'POLICY', 'ROW SECURITY', 'PUBLICATION', 'PUBLICATION TABLE'],
  ...['PUBLICATION TABLES IN SCHEMA', 'SUBSCRIPTION', 'SUBSCRIPTION TABLE', 'DEFAULT ACL', 'ACL', 'EVENT TRIGGER'],
  ...['MATERIALIZED VIEW DATA'],
]);

/** Above each header, at the beginning of a line. */
const MARK = Buffer.from('\n--\n-- ');
const NEWLINE = 0x0a;
/** The first line of a header: `--` and its newline. */
const DASHES = 3;
const CLOSING = /^-- PostgreSQL database dump complete$/;

/**
 * The whole dump. Its consumer shows each chunk to `reader` before it asks for the next.
 *
 * @param source what pg_dump writes; each chunk is there until the next is asked for
 * @throws HoldfastError DUMP_FAILED for rows that could not be read, or of which some are missing
 */
export async function* insertTables(
  source: AsyncIterable<Buffer>,
  reader: DumpReader,
  { tables, readers, pool }: LargeTables,
): AsyncGenerator<Buffer, void, undefined> {
  let left = tables;
  /** What has been read and not passed on. Whether it begins with a header, whose line may still be incomplete. */
  let data: Buffer = Buffer.alloc(0);
  let atHeader = false;
  for await (const chunk of source) {
    data = data.length === 0 ? chunk : Buffer.concat([data, chunk]);
    let done = 0;
    while (left.length > 0) {
      if (!atHeader) {
        const at = data.indexOf(MARK, done);
        if (at < 0) break;
        yield data.subarray(done, at + 1);
        done = at + 1;
        // Text in a function, or in a row, can look like a header.
        if (!reader.isBetween) continue;
        atHeader = true;
      }
      const end = data.indexOf(NEWLINE, done + DASHES);
      if (end < 0) break;
      atHeader = false;
      const due = tablesBefore(data.toString('utf8', done + DASHES, end), left);
      for (const table of left.slice(0, due)) yield* textOf(table, reader, readers);
      left = left.slice(due);
    }
    // The last bytes may be the beginning of a mark.
    const certain = left.length === 0 ? data.length : atHeader ? done : Math.max(done, data.length - MARK.length + 1);
    if (certain > done) yield data.subarray(done, certain);
    data = Buffer.from(data.subarray(certain));
  }
  if (data.length > 0) yield data;
  await pool.requireAlive();
  // No lock lasts longer than pg_dump's.
  await pool.end();
}

/** How many of the tables come before an entry with this header. */
function tablesBefore(line: string, tables: readonly LargeTable[]): number {
  if (CLOSING.test(line)) return tables.length;
  const header = parseEntryHeader(line);
  if (!header) return 0;
  if (AFTER_ROWS.has(header.type)) return tables.length;
  if (header.type !== 'TABLE DATA') return 0;
  const next = tables.findIndex((table) => compareTables(table, header) > 0);
  return next < 0 ? tables.length : next;
}

/** An entry as pg_dump writes it. */
async function* textOf(
  table: LargeTable,
  reader: DumpReader,
  readers: TableReaders,
): AsyncGenerator<Buffer, void, undefined> {
  const { schema, name, owner, qualified, columns } = table;
  yield Buffer.from(
    `--\n-- Data for Name: ${name}; Type: TABLE DATA; Schema: ${schema}; Owner: ${owner}\n--\n\nCOPY ${qualified} (${columns}) FROM stdin;\n`,
  );
  const before = reader.progress.rows;
  let counted = -1;
  yield* readers.rowsOf(table, (rows) => (counted = rows));
  const found = reader.progress.rows - before;
  if (found !== counted) {
    throw new HoldfastError(
      'DUMP_FAILED',
      `Reading the rows of ${qualified}: ${found} came, and the server says that it has sent ${counted}. No backup was stored.`,
    );
  }
  yield Buffer.from('\\.\n\n\n');
}
