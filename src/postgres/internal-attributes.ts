/**
 * Attributes that a server gives to columns for its own use. The pg_dump of a release that has them leaves them out; any
 * other writes them as options of the columns, which no server takes.
 */
import type pg from 'pg';
import { parseNamePattern } from '../syntax/sql/name-pattern.js';
import { majorOf } from './client-choice.js';
import { IN_SELECTION, RELATIONS } from './dumped-relations.js';

/** What ALTER TABLE … ALTER COLUMN … SET takes. */
const OPTIONS = ['n_distinct', 'n_distinct_inherited'];

interface Version {
  readonly version: string;
  readonly versionNum: number;
}

/**
 * @param schemas that are dumped; empty for all
 * @returns a sentence; undefined where the client is of the server's major, and its minors are compared otherwise
 */
export async function warnOfInternalAttributes(
  client: pg.Client,
  { programs, server, schemas }: { programs: Version; server: Version; schemas: readonly string[] },
): Promise<string | undefined> {
  if (majorOf(programs.versionNum) === majorOf(server.versionNum)) return undefined;
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT pg_catalog.split_part(p.option, '=', 1) AS name
       FROM ${RELATIONS} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid, pg_catalog.unnest(a.attoptions) p (option)
      WHERE ${IN_SELECTION} AND NOT a.attisdropped AND pg_catalog.split_part(p.option, '=', 1) <> ALL ($2) ORDER BY 1`,
    [schemas.map((pattern) => parseNamePattern(pattern).name), OPTIONS],
  );
  if (rows.length === 0) return undefined;
  const names = rows.map(({ name }) => name).join(', ');
  return (
    `The server, ${server.version}, gives columns attributes of its own (${names}). If pg_dump ${programs.version} does not know them, ` +
    `it dumps them in a form that no server loads: verify this backup, and use client programs ${majorOf(server.versionNum)}.`
  );
}
