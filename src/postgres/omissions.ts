/** What a dump of a database leaves out, so that the manifest, and each proof of it, can say so. */
import pg from 'pg';
import { formatPlural } from '../core/amounts.js';
import { parseNamePattern } from '../syntax/sql/name-pattern.js';
import { PARTITIONS_ELSEWHERE, QUERIES, type OmissionQuery } from './omission-queries.js';

/** Found by the dump itself. */
export const CHANGED_TABLES = 'changed-tables';

export interface Omission {
  /** The last two are known only when the dump has begun. */
  readonly kind: keyof typeof QUERIES | 'partitions' | typeof CHANGED_TABLES | 'derived';
  /** `schema.name`, or a name alone; sorted, the first 1000. */
  readonly objects: readonly string[];
  /** How many there are. */
  readonly total: number;
  /** One sentence: what is missing, and what it means for a restore. */
  readonly message: string;
}

const MOST_OBJECTS = 1000;

/**
 * Reads the omissions that apply; none of them when there are none.
 *
 * @param schemas those that are chosen, as patterns; empty for all
 */
export async function readOmissions(client: pg.Client, schemas: readonly string[] = []): Promise<Omission[]> {
  const omissions: Omission[] = [];
  const expressions = schemas.map((pattern) => parseNamePattern(pattern).name);
  for (const [kind, query] of Object.entries<OmissionQuery>(QUERIES)) {
    if (query.when !== undefined && (query.when === 'schemas') !== schemas.length > 0) continue;
    const rows = await readObjects(client, query, expressions);
    const total = rows[0]?.total ?? 0;
    if (total === 0) continue;
    const objects = rows.map((row) => row.object);
    omissions.push({ kind: kind as keyof typeof QUERIES, objects, total, message: query.message });
  }
  if (schemas.length > 0) omissions.push(...(await readPartitions(client, expressions)));
  return omissions;
}

/** What a server says of a name that it cannot send: invalid in its own encoding, or without an equivalent in UTF-8. */
const NOT_TEXT: ReadonlySet<string> = new Set(['22021', '22P05']);

/** A role that was made in a database of another encoding may have a name that is no text here: its bytes are shown then. */
async function readObjects(
  client: pg.Client,
  { sql, chosen }: OmissionQuery,
  expressions: readonly string[],
): Promise<readonly { readonly object: string; readonly total: number }[]> {
  const read = async (object: string) => {
    const { rows } = await client.query<{ object: string; total: number }>(
      `SELECT ${object} AS object, pg_catalog.count(*) OVER ()::pg_catalog.int4 AS total FROM (${sql}) o ORDER BY o.object LIMIT ${MOST_OBJECTS}`,
      chosen ? [expressions] : [],
    );
    return rows;
  };
  try {
    return await read('o.object');
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && NOT_TEXT.has(error.code ?? ''))) throw error;
    // A conversion would look whether it is text.
    return read(`pg_catalog.encode(o.object::pg_catalog.text::pg_catalog.bytea, 'escape')`);
  }
}

/** How long the rows of a partition may be counted, in milliseconds, before an estimate has to do. */
const COUNT_LIMIT_MS = 2_000;
/** How many partitions are counted. */
const MOST_COUNTED = 50;

/** Partitions that lie in other schemas than the table that they belong to, and are not dumped with it. */
async function readPartitions(client: pg.Client, expressions: readonly string[]): Promise<Omission[]> {
  const { rows } = await client.query<{ oid: string; name: string; root: string; estimate: number }>(
    PARTITIONS_ELSEWHERE,
    [expressions],
  );
  if (rows.length === 0) return [];
  const objects: string[] = [];
  for (const [index, { name, root, estimate }] of rows.slice(0, MOST_OBJECTS).entries()) {
    const counted = index < MOST_COUNTED ? await countRows(client, name) : undefined;
    const known = estimate >= 0 ? `about ${formatPlural(estimate, 'row')}` : 'an unknown number of rows';
    objects.push(`${name} of ${root} (${counted === undefined ? known : formatPlural(counted, 'row')})`);
  }
  return [
    {
      kind: 'partitions',
      objects: objects.toSorted(),
      total: rows.length,
      message:
        'Schemas were chosen, and these partitions of tables in them are in other schemas: their rows are not in the dump. Choose those schemas too.',
    },
  ];
}

/** `undefined` where that takes too long, waits for others or is not allowed. @param name as SQL writes it */
async function countRows(client: pg.Client, name: string): Promise<number | undefined> {
  await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${COUNT_LIMIT_MS}; SET LOCAL lock_timeout = 1`);
  try {
    const { rows } = await client.query<{ count: string }>(`SELECT pg_catalog.count(*) FROM ${name}`);
    return Number(rows[0]?.count);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return undefined;
  } finally {
    await client.query('ROLLBACK');
  }
}

/**
 * Tables of which nobody can say that the dump has their rows.
 *
 * @param names `schema.name`
 * @param when they were found changed, for a sentence: `in each of 5 attempts`
 */
export function changedTablesOmission(names: readonly string[], when: string): Omission {
  return {
    kind: CHANGED_TABLES,
    objects: names.toSorted().slice(0, MOST_OBJECTS),
    total: names.length,
    message: `These tables were truncated, rewritten or altered just as the dump began, ${when}: rows that they had may be missing from it.`,
  };
}

/** How many objects a sentence names. */
const MOST_NAMED = 20;

/** The sentence, with the first of the objects. */
export function describeOmission({ message, objects, total }: Omission): string {
  if (objects.length === 0) return message;
  const more = total > MOST_NAMED ? ` and ${total - MOST_NAMED} more` : '';
  return `${message} ${objects.slice(0, MOST_NAMED).join(', ')}${more}`;
}
