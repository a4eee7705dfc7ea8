import { createHash } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyOut, copyTableOut, type CopySource } from '../../../src/postgres/copy-out.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  client = await database.client();
});
afterAll(() => database?.end());

async function read(source: CopySource): Promise<{ text: string; rows: number }> {
  const chunks: Buffer[] = [];
  const rows = await copyTableOut(client, source, (chunk) => chunks.push(Buffer.from(chunk)));
  return { text: Buffer.concat(chunks).toString(), rows };
}

describe('copyTableOut', () => {
  it('gives the bytes of COPY in the order of columns that is asked for', async () => {
    await client.query(`CREATE TABLE "Odd ""t" (a int, "B b" text, c bytea);
      INSERT INTO "Odd ""t" VALUES (1, E'tab\\tnewline\\nback\\\\', '\\x00ff'), (2, NULL, '')`);
    const source = { schema: 'public', name: 'Odd "t', columns: ['c', 'a', 'B b'] };
    expect(await read(source)).toEqual({
      text: '\\\\x00ff\t1\ttab\\tnewline\\nback\\\\\n\\\\x\t2\t\\N\n',
      rows: 2,
    });
  });

  it('gives nothing for an empty table, and an empty line for each row of a table without columns', async () => {
    await client.query(
      `CREATE TABLE empty (a int); CREATE TABLE bare (); INSERT INTO bare SELECT FROM generate_series(1, 3)`,
    );
    expect(await read({ schema: 'public', name: 'empty', columns: ['a'] })).toEqual({ text: '', rows: 0 });
    expect(await read({ schema: 'public', name: 'bare', columns: [] })).toEqual({ text: '\n\n\n', rows: 3 });
  });

  it('puts rows together that come in many pieces, narrow and wide ones', async () => {
    await client.query(`CREATE TABLE mixed AS SELECT i, repeat(md5(i::text), (i * 7919) % 300 * (i % 50 / 49 * 30 + 1)) AS t
                          FROM generate_series(1, 20000) i`);
    const hash = createHash('sha256');
    let bytes = 0;
    const rows = await copyTableOut(client, { schema: 'public', name: 'mixed', columns: ['i', 't'] }, (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    const { rows: expected } = await client.query<{ bytes: string; sha256: string }>(
      `SELECT length(t) AS bytes, encode(sha256(t::bytea), 'hex') AS sha256
         FROM (SELECT string_agg(i || E'\\t' || t || E'\\n', '') AS t FROM mixed) x`,
    );
    expect({ rows, bytes, sha256: hash.digest('hex') }).toEqual({ rows: 20_000, ...expected[0] });
  });

  it('leaves the connection usable, also when notices come between the rows', async () => {
    await client.query(`CREATE FUNCTION noisy(i int) RETURNS int LANGUAGE plpgsql AS
                          $$ BEGIN RAISE WARNING 'row %', i; RETURN i; END $$`);
    let text = '';
    await copyOut(client, 'COPY (SELECT noisy(i) FROM generate_series(1, 500) i) TO STDOUT', (chunk) => {
      text += chunk.toString();
    });
    expect(text).toBe(Array.from({ length: 500 }, (_, index) => `${index + 1}\n`).join(''));
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('reports an error before the first row and in the middle of them, and leaves the connection usable', async () => {
    await expect(read({ schema: 'public', name: 'missing', columns: ['a'] })).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringContaining('relation "public.missing" does not exist') as string,
    });
    let bytes = 0;
    const failing = copyOut(
      client,
      'COPY (SELECT 1 / (500000 - i) FROM generate_series(1, 900000) i) TO STDOUT',
      (chunk) => {
        bytes += chunk.length;
      },
    );
    await expect(failing).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringContaining('division by zero') as string,
    });
    expect(bytes).toBeGreaterThan(0);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('hands on what the consumer throws, and closes the connection', async () => {
    const own = await database.client();
    const thrown = new Error('the disk is full');
    const failing = copyOut(own, 'COPY (SELECT i FROM generate_series(1, 100000) i) TO STDOUT', () => {
      throw thrown;
    });
    await expect(failing).rejects.toBe(thrown);
    await expect(own.query('SELECT 1')).rejects.toThrow(/Connection terminated|not queryable/);
  });

  it('fails when the server ends the session in the middle of the rows', async () => {
    const own = await database.client();
    const { rows } = await own.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    let begun = () => {};
    const first = new Promise<void>((resolve) => (begun = resolve));
    // Some rows are on their way, and then nothing comes any more.
    const sql = `COPY (SELECT i, repeat('x', 1000), CASE WHEN i = 1000 THEN pg_sleep(600) END
      FROM generate_series(1, 1001) i) TO STDOUT`;
    const failed = expect(copyOut(own, sql, () => begun())).rejects.toMatchObject({ code: 'QUERY_FAILED' });
    await first;
    await client.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await failed;
  });
});
