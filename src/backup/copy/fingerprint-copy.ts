/**
 * Fingerprints a database as if it had been dumped, for comparison with a backup's entries.
 *
 * Definitions come from `pg_dump --schema-only`; rows are read again with COPY, in the column order of the backup and
 * on several connections; sequences and materialized views are asked for their state.
 */
import type pg from 'pg';
import { shareOut } from '../../core/bounded-concurrency.js';
import { describeExit, type RunningProcess } from '../../core/child-process.js';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { MINUTE_MS } from '../../core/times.js';
import { DumpReader, type DumpObserver } from '../../dump/dump-reader.js';
import type { Entry, FingerprintVersion, SequenceValueEntry, TableDataEntry } from '../../dump/entry.js';
import { RowHash } from '../../dump/row-hash.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { copyTableOut } from '../../postgres/copy-out.js';
import { qualifiedName } from '../../syntax/sql/identifiers.js';
import { startPgDump } from '../../postgres/pg-dump.js';
import { chosenSchemas } from './chosen-schemas.js';
import { dumpedNames } from './dumped-names.js';
import { readingSettings, settingOptions, settingStatements } from './value-settings.js';

/** Nobody locks a copy for long. */
const LOCK_WAIT_MS = MINUTE_MS;

export interface CopyAccess {
  readonly access: DatabaseAccess;
  readonly programs: PostgresPrograms;
  /** The manifest's settings and encoding, under which values are read. */
  readonly session: Readonly<Record<string, string>>;
  readonly encoding: string;
  /** In which version the entries are made. @default the newest */
  readonly fingerprint?: FingerprintVersion | undefined;
  /** The schemas that were dumped; empty for all. */
  readonly schemas: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface FingerprintOptions extends CopyAccess {
  /** What the backup holds: it says which tables to read, and in which order of columns. */
  readonly expected: readonly Entry[];
  /** Connections that read rows. */
  readonly jobs: number;
  readonly onProgress?: (bytes: number) => void;
}

/**
 * @returns an entry for each definition, sequence, large object and materialized view of the database, and for the rows
 *   of each table whose rows the backup holds (a missing table has none)
 * @throws HoldfastError QUERY_FAILED, DUMP_FAILED; the signal's error
 */
export async function fingerprintCopy(options: FingerprintOptions): Promise<Entry[]> {
  const definitions = await readDefinitions(options);
  const states = await withSession(options, (client) => readStates(client, options.encoding));
  const rows = await readRows(options);
  return [...definitions, ...states, ...rows];
}

/**
 * The grants of a copy, as pg_dump writes them.
 *
 * @param onGrant receives each statement of each ACL entry, with the owner of its object
 * @throws HoldfastError DUMP_FAILED; the signal's error
 */
export async function readGrants(options: CopyAccess, onGrant: OnGrant): Promise<void> {
  await readSchemas(options, onGrant);
}

/** Large objects count as data to pg_dump, so a second run asks for them, with a schema that holds nothing else. */
async function readDefinitions(options: FingerprintOptions): Promise<Entry[]> {
  const definitions = await readSchemas(options);
  if (options.schemas.length > 0) return definitions;
  const largeObjects = await readDumpOfCopy(options, ['pg_toast'], ['--blobs']);
  return [
    ...definitions.filter((entry) => !isOfLargeObject(entry)),
    ...largeObjects.filter((entry) => isOfLargeObject(entry)),
  ];
}

type OnGrant = (text: string, owner: string | null) => void;

async function readSchemas(options: CopyAccess, onGrant?: OnGrant): Promise<Entry[]> {
  let { schemas } = options;
  if (schemas.length > 0) {
    schemas = await withSession(options, (client) => chosenSchemas(client, options.schemas));
    if (schemas.length === 0) return [];
  }
  return readDumpOfCopy(options, schemas, ['--schema-only'], onGrant);
}

export function isOfLargeObject(entry: Entry): boolean {
  return /^(?:BLOB|LARGE OBJECT)/.test(entry.type) || (entry.schema === null && entry.name.startsWith('LARGE OBJECT '));
}

async function readDumpOfCopy(
  options: CopyAccess,
  schemas: readonly string[],
  extraArgs: string[],
  onGrant?: OnGrant,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  const observer: DumpObserver = {
    entry: (entry) => entries.push(entry),
    statement: (text, header, decode) => {
      if (header?.type === 'ACL') onGrant?.(decode(text), header.owner);
    },
  };
  const reader = new DumpReader(observer, undefined, options.fingerprint);
  for await (const chunk of streamDumpOfCopy(options, schemas, extraArgs)) reader.write(chunk);
  reader.end();
  return entries;
}

/** Ends normally only if pg_dump has. */
async function* streamDumpOfCopy(
  options: CopyAccess,
  schemas: readonly string[],
  extraArgs: string[],
): AsyncGenerator<Buffer> {
  const child = await startPgDump({
    programs: options.programs,
    access: options.access,
    encoding: options.encoding,
    extraEnvironment: { PGOPTIONS: settingOptions(options.session) },
    lockWaitTimeoutMs: LOCK_WAIT_MS,
    schemas,
    extraArgs,
    signal: options.signal,
  });
  let ended = false;
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    ended = true;
  } finally {
    if (!ended) await child.stop();
    throwIfAborted(options.signal);
  }
  await requireSuccess(child, options.signal);
}

/** The definitions of a copy but for those of large objects, which count as data: as SQL, and as entries. */
export const definitionsOfCopy = {
  stream: (options: CopyAccess): AsyncGenerator<Buffer> => streamDumpOfCopy(options, [], ['--schema-only']),
  entries: async (options: CopyAccess): Promise<Entry[]> =>
    (await readDumpOfCopy(options, [], ['--schema-only'])).filter((entry) => !isOfLargeObject(entry)),
};

async function requireSuccess(child: RunningProcess, signal: AbortSignal | undefined): Promise<void> {
  const exit = await child.exited;
  throwIfAborted(signal);
  if (exit.code === 0) return;
  throw new HoldfastError(
    'DUMP_FAILED',
    `Reading the copy's definitions: pg_dump ${describeExit(exit)}: ${child.stderr()}`,
    { hint: 'The copy was not compared, and there is no verdict. The message of pg_dump is above.' },
  );
}

async function withSession<T>(options: CopyAccess, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await options.access.connect({ signal: options.signal });
  try {
    // The driver writes and decodes UTF-8 only; rows, which it does not decode, are asked for in the dump's encoding.
    await client.query(settingStatements(readingSettings(options.session, 'UTF8')));
    return await work(client);
  } finally {
    await client.end();
  }
}

async function readStates(client: pg.Client, encoding: string): Promise<Entry[]> {
  const { rows: sequences } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'S' AND c.relpersistence <> 't'`,
  );
  const { rows: views } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'm' AND c.relispopulated`,
  );
  const names = [...sequences, ...views].flatMap(({ schema, name }) => [schema, name]);
  const dumped = await dumpedNames(client, encoding).toDump(names);
  const tagOf = ({ schema, name }: { schema: string; name: string }) => ({
    schema: asTag(dumped.get(schema) ?? schema),
    name: asTag(dumped.get(name) ?? name),
  });
  const entries: Entry[] = [];
  for (const sequence of sequences) entries.push({ ...(await readSequence(client, sequence)), ...tagOf(sequence) });
  for (const view of views) {
    const type = 'MATERIALIZED VIEW DATA';
    const identity = { type, ...tagOf(view), owner: null, occurrence: 1 };
    entries.push({ kind: 'schema', ...identity, bytes: 0, sha256: '' });
  }
  return entries;
}

async function readSequence(
  client: pg.Client,
  { schema, name }: { readonly schema: string; readonly name: string },
): Promise<SequenceValueEntry> {
  const { rows } = await client.query<{ last_value: string; is_called: boolean }>(
    `SELECT last_value::pg_catalog.text, is_called FROM ${qualifiedName(schema, name)}`,
  );
  const { last_value: lastValue = '', is_called: isCalled = false } = rows[0] ?? {};
  const identity = { type: 'SEQUENCE SET', schema, name, owner: null, occurrence: 1 };
  return { kind: 'sequence-value', ...identity, lastValue, isCalled };
}

/** Names in headers have their line breaks replaced by spaces. */
function asTag(name: string): string {
  return name.replace(/[\r\n]/g, ' ');
}

async function readRows(options: FingerprintOptions): Promise<TableDataEntry[]> {
  const tables = new Map<string, TableDataEntry>();
  const sizes = new Map<string, number>();
  for (const entry of options.expected) {
    if (entry.kind !== 'table-data') continue;
    const key = qualifiedName(entry.table.schema, entry.table.name);
    tables.set(key, entry);
    sizes.set(key, (sizes.get(key) ?? 0) + entry.bytes);
  }
  // Largest first, so that the last one to finish is small.
  const largestFirst = [...tables.keys()].sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
  const result: TableDataEntry[] = [];
  let bytes = 0;
  const progress = (count: number) => options.onProgress?.((bytes += count));

  await shareOut(largestFirst, options.jobs, (queue) =>
    withSession(options, async (client) => {
      const relations = await readRelations(client);
      const named = [...tables.values()].flatMap(({ table, columns }) => [table.schema, table.name, ...columns]);
      const known = await dumpedNames(client, options.encoding).toServer([...new Set(named)]);
      const inCopy = (name: string) => known.get(name) ?? name;
      for (const key of queue) {
        const entry = tables.get(key) as TableDataEntry;
        const table = { schema: inCopy(entry.table.schema), name: inCopy(entry.table.name) };
        const relation = relations.get(`${table.schema}\0${table.name}`);
        if (!relation) continue;
        const wanted = { ...entry, table, columns: entry.columns.map(inCopy) };
        const read = await hashRows(client, wanted, { relation, encoding: options.encoding, progress });
        // Columns that are not those of the backup are a difference, and are named as the copy has them.
        const columns = read.columns === wanted.columns ? entry.columns : read.columns;
        result.push({ ...read, table: entry.table, columns });
      }
    }),
  );
  return result;
}

/** What decides how the rows of a table are read. */
interface Relation {
  /** `r`, `p` or `f`: a partitioned one has no rows of its own, and is read as a query. */
  readonly kind: string;
  /** `WHERE …`: the rows of an extension's table that pg_dump dumps; the others come with the extension. */
  readonly filter: string | null;
}

/** By `schema\0name`. */
async function readRelations(client: pg.Client): Promise<Map<string, Relation>> {
  const { rows } = await client.query<Relation & { schema: string; name: string }>(
    `SELECT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name, c.relkind::pg_catalog.text AS kind, NULLIF(e.condition, '') AS filter
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN (SELECT pg_catalog.unnest(extconfig) AS oid, pg_catalog.unnest(extcondition) AS condition FROM pg_catalog.pg_extension) e
              ON e.oid = c.oid
      WHERE c.relkind IN ('r', 'p', 'f')`,
  );
  return new Map(rows.map((row) => [`${row.schema}\0${row.name}`, row]));
}

async function hashRows(
  client: pg.Client,
  expected: TableDataEntry,
  { relation, encoding, progress }: { relation: Relation; encoding: string; progress: (bytes: number) => void },
): Promise<TableDataEntry> {
  const hash = new RowHash();
  const source = {
    ...expected.table,
    columns: expected.columns,
    partitioned: relation.kind === 'p',
    filter: relation.filter ?? undefined,
    encoding,
  };
  try {
    await copyTableOut(client, source, (chunk) => {
      hash.consumeRaw(chunk);
      progress(chunk.length);
    });
  } catch (error) {
    const columns = await readColumns(client, expected.table).catch(() => undefined);
    // A column may be missing from the copy, or be generated there: that is a difference, and the comparison continues.
    if (!columns || expected.columns.every((column) => columns.has(column))) throw error;
    return { ...expected, columns: [...columns], rows: 0, bytes: 0, hash: '' };
  }
  return { ...expected, rows: hash.rows, bytes: hash.bytes, hash: hash.hex() };
}

/** The columns of a table that COPY takes: all but the generated ones. */
async function readColumns(client: pg.Client, table: TableDataEntry['table']): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT column_name::pg_catalog.text AS name FROM information_schema.columns
      WHERE table_schema = $1 AND table_name = $2 AND is_generated = 'NEVER'`,
    [table.schema, table.name],
  );
  return new Set(rows.map(({ name }) => name));
}
