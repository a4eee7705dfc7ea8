import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Entry } from '../../../src/dump/entry.js';
import { RowHash } from '../../../src/dump/row-hash.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { readDump, refusal, type ReadResult } from '../../dump/read-dump.js';
import { dump, runPg } from './pg-programs.js';

const EVERY_KIND = readFileSync(join(import.meta.dirname, '../../fixtures/sql/every-kind.sql'), 'utf8');

describe('the dump of a database with every kind of object', () => {
  let database: TestDatabase;
  let text: string;
  let result: ReadResult;

  beforeAll(async () => {
    database = await createDatabase();
    await database.query(EVERY_KIND);
    text = await dump(database);
    result = readDump(text);
  });
  afterAll(async () => {
    // A database with a subscription cannot be dropped.
    await database.query('DROP SUBSCRIPTION IF EXISTS far_away');
    await database.end();
  });

  const ofKind = <Kind extends Entry['kind']>(kind: Kind) =>
    result.entries.filter((entry): entry is Extract<Entry, { kind: Kind }> => entry.kind === kind);

  it('has exactly the entries that pg_restore lists for an archive of the same database', async () => {
    const archive = join(sharedServer().host, `${database.name}.dump`);
    await dump(database, '--format=custom', `--file=${archive}`);
    const list = (await runPg('pg_restore', ['--list', archive]))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(';'))
      .map((line) => line.replace(/^\d+; \d+ \d+ /, ''));
    // All large objects' data are one entry of the archive.
    expect(list.filter((line) => line.startsWith('BLOBS'))).toHaveLength(1);
    const expected = list.filter((line) => !line.startsWith('BLOBS'));
    const found = result.entries
      .filter((entry) => entry.kind !== 'large-object')
      .map(({ type, schema, name, owner }) => `${type} ${schema ?? '-'} ${name} ${owner ?? ''}`);
    // pg_restore moves grants in its list.
    expect(found.sort()).toEqual(expected.sort());
    expect(result.totals.entries).toBe(result.entries.length);
  });

  it('has for each table the rows, columns and hash that COPY gives for it', async () => {
    const tables = ofKind('table-data');
    expect(tables.length).toBeGreaterThan(20);
    for (const entry of tables) {
      const [schema, name] = [entry.schema ?? '', entry.name].map(quote);
      // The root of partitions holds no rows of its own: what was loaded through it is read from the partition.
      const relation = await findRelation(entry);
      const columns = entry.columns.length === 0 ? '' : `(${entry.columns.map(quote).join(', ')})`;
      const rows = await runPg('psql', [
        '-X',
        '-q',
        '-d',
        database.name,
        '-c',
        `COPY ${relation} ${columns} TO STDOUT`,
      ]);
      const hash = new RowHash();
      hash.consumeRaw(Buffer.from(rows));
      expect({ rows: hash.rows, bytes: hash.bytes, hash: hash.hex() }, `${schema}.${name}`).toEqual({
        rows: entry.rows,
        bytes: entry.bytes,
        hash: entry.hash,
      });
    }
    expect(result.totals.rows).toBe(tables.reduce((sum, entry) => sum + entry.rows, 0));
  });

  /** By the names in the header, in which a line break is a space. */
  async function findRelation(entry: Entry): Promise<string> {
    const found = await database.query<{ relation: string }>(
      `SELECT format('%I.%I', nspname, relname) AS relation FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
       WHERE translate(nspname, E'\\n', ' ') = $1 AND translate(relname, E'\\n', ' ') = $2`,
      [entry.schema, entry.name],
    );
    expect(found, entry.name).toHaveLength(1);
    return found[0]!.relation;
  }

  it('has an entry for the rows of each table, and of no other', async () => {
    const tables = await database.query<{ name: string }>(
      `SELECT translate(nspname || ' ' || relname, E'\\n', ' ') AS name FROM pg_class c
         JOIN pg_namespace n ON n.oid = relnamespace
       WHERE relkind = 'r' AND nspname !~ '^pg_|^information_schema$'
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`,
    );
    const found = ofKind('table-data').map((entry) => `${entry.schema} ${entry.name}`);
    expect(found.sort()).toEqual(tables.map((row) => row.name).sort());
  });

  it('has the state of each sequence', async () => {
    const sequences = await database.query<{ schema: string; name: string }>(
      `SELECT schemaname AS schema, sequencename AS name FROM pg_sequences`,
    );
    const states = await Promise.all(
      sequences.map(async ({ schema, name }) => {
        const [row] = await database.query(`SELECT last_value::text, is_called FROM ${quote(schema)}.${quote(name)}`);
        return { name, lastValue: row!.last_value, isCalled: row!.is_called };
      }),
    );
    const found = ofKind('sequence-value').map(({ name, lastValue, isCalled }) => ({ name, lastValue, isCalled }));
    expect(found).toHaveLength(states.length);
    expect(found).toEqual(expect.arrayContaining(states));
    expect(states).toContainEqual({ name: 'fresh', lastValue: '-9223372036854775808', isCalled: false });
  });

  it('has the content of each large object', async () => {
    const objects = await database.query<{ oid: string; content: Buffer }>(
      'SELECT oid::text, lo_get(oid) AS content FROM pg_largeobject_metadata',
    );
    const expected = objects.map(({ oid, content }) => ({
      name: oid,
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    }));
    const found = ofKind('large-object').map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 }));
    expect(found).toHaveLength(expected.length);
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(found.some(({ bytes }) => bytes === 0)).toBe(true);
  });

  it('has the same fingerprints the next time', async () => {
    expect(readDump(await dump(database)).entries).toEqual(result.entries);
  });

  it('has the same fingerprints with --verbose, which writes more comments', async () => {
    expect(readDump(await dump(database, '--verbose')).entries).toEqual(result.entries);
  });

  it('is read without standard_conforming_strings, too', async () => {
    await database.query(`ALTER DATABASE ${database.name} SET standard_conforming_strings = off`);
    try {
      const off = await dump(database);
      expect(off).toContain('SET standard_conforming_strings = off;');
      const { entries, totals } = readDump(off);
      expect(totals.rows).toBe(result.totals.rows);
      expect(entries.filter((entry) => entry.kind !== 'schema')).toEqual(
        result.entries.filter((entry) => entry.kind !== 'schema'),
      );
      expect(entries.map(({ type, name }) => `${type} ${name}`)).toEqual(
        result.entries.map(({ type, name }) => `${type} ${name}`),
      );
    } finally {
      await database.query(`ALTER DATABASE ${database.name} RESET standard_conforming_strings`);
    }
  });

  it('is refused when it is cut off, wherever', () => {
    const bytes = Buffer.from(text);
    for (let length = 0; length < bytes.length - 1; length += 9973) {
      expect(refusal(bytes.subarray(0, length)), `${length} bytes`).toMatch(/^DUMP_(?:TRUNCATED|MALFORMED)$/);
    }
  });
});

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
