import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Entry, SchemaEntry } from '../../../src/dump/entry.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';
import { readDump } from '../../dump/read-dump.js';
import { dump, load } from './pg-programs.js';

const EXPRESSIONS = readFileSync(join(import.meta.dirname, '../../fixtures/sql/expressions.sql'), 'utf8');

async function database(sql?: string): Promise<TestDatabase> {
  const created = await createDatabase(undefined, sql);
  onTestFinished(() => created.end());
  return created;
}

async function reload(source: TestDatabase): Promise<TestDatabase> {
  const copy = await database();
  await load(copy, await dump(source));
  return copy;
}

async function schemaEntries(source: TestDatabase): Promise<Map<string, SchemaEntry>> {
  const { entries } = readDump(await dump(source));
  return new Map(entries.filter((entry) => entry.kind === 'schema').map((entry) => [identity(entry), entry]));
}

function identity({ type, schema, name, occurrence }: Entry): string {
  return JSON.stringify([type, schema, name, occurrence]);
}

/** The entries that are the same in neither form. */
function different(a: Map<string, SchemaEntry>, b: Map<string, SchemaEntry>): string[] {
  expect([...b.keys()].sort()).toEqual([...a.keys()].sort());
  return [...a].filter(([key, entry]) => !isSame(entry, b.get(key)!)).map(([key]) => key);
}

function isSame(a: SchemaEntry, b: SchemaEntry): boolean {
  return a.sha256 === b.sha256 || (a.canonicalSha256 !== undefined && a.canonicalSha256 === b.canonicalSha256);
}

describe('a database full of expressions', () => {
  it('has the same definitions after a reload, and after another one', async () => {
    const source = await database(EXPRESSIONS);
    const copy = await reload(source);
    const before = await schemaEntries(source);
    const after = await schemaEntries(copy);
    expect(different(before, after)).toEqual([]);

    // Were nothing printed differently, this would test nothing.
    const reprinted = [...before].filter(([key, entry]) => entry.sha256 !== after.get(key)!.sha256);
    const types = new Set(reprinted.map(([, entry]) => entry.type));
    expect([...types].sort()).toEqual(
      expect.arrayContaining([
        'CHECK CONSTRAINT',
        'CONSTRAINT',
        'DOMAIN',
        'FUNCTION',
        'INDEX',
        'POLICY',
        'RULE',
        'STATISTICS',
        'TABLE',
        'TRIGGER',
        'VIEW',
      ]),
    );

    expect(different(after, await schemaEntries(await reload(copy)))).toEqual([]);
  });

  it('shows every change of a definition, by name', async () => {
    const w = (view: string, condition: string) =>
      `CREATE OR REPLACE VIEW ${view} AS SELECT id, ${condition} AS e FROM t WHERE ${condition}`;
    // Each line changes one entry; all in one copy, as loading and dumping take their time.
    const changes: Record<string, string[]> = {
      'VIEW w0001': [w('w0001', `v IN ('a','c')`)],
      'VIEW w0002': [w('w0002', `v IN ('a','b')`)],
      'VIEW w0013': [w('w0013', `((v = 'a' OR v = 'b') AND x = 'c')`)],
      'VIEW w0016': [w('w0016', `id BETWEEN 1 AND 5 OR x = 'a'`)],
      'VIEW w0053': [w('w0053', 'id::numeric IN (1,2,3)')],
      'VIEW v25': [`CREATE OR REPLACE VIEW v25 AS SELECT id FROM a WHERE v = ANY (ARRAY['a','c']::varchar[])`],
      'TABLE dflt': ['ALTER TABLE dflt ALTER n TYPE text[]'],
      'TABLE g': [`ALTER TABLE g ALTER v SET DEFAULT 'abd'`],
      'TABLE ch': ['ALTER TABLE ch ALTER own TYPE bigint'],
      'POLICY g pol': [`ALTER POLICY pol ON g USING (v IN ('a','b') AND n BETWEEN 1 AND 3 AND w = current_user)`],
      'INDEX gi2': [
        'DROP INDEX gi2',
        `CREATE INDEX gi2 ON g (upper(v) COLLATE "C") INCLUDE (n) WHERE w NOT IN ('c','e')`,
      ],
      'ACL TABLE a': ['REVOKE INSERT ON a FROM hf_reprint_1', 'GRANT INSERT ON a TO hf_reprint_1 WITH GRANT OPTION'],
      'DOMAIN di': ['ALTER DOMAIN di DROP CONSTRAINT di_check', 'ALTER DOMAIN di ADD CHECK (VALUE BETWEEN 1 AND 10)'],
      'FUNCTION f3(character varying)': [
        `CREATE OR REPLACE FUNCTION f3(p varchar) RETURNS bool RETURN p IN ('a','b') AND (p LIKE 'a%' OR p = 'y')`,
      ],
    };
    const source = await database(EXPRESSIONS);
    const copy = await database(EXPRESSIONS);
    for (const statement of Object.values(changes).flat()) await copy.query(statement);
    const names = different(await schemaEntries(source), await schemaEntries(copy)).map((key) => {
      const [type, , name] = JSON.parse(key) as [string, string, string];
      return `${type} ${name}`;
    });
    expect(names.sort()).toEqual(Object.keys(changes).sort());
  });
});
