/** What a server sends that is more than the driver can hold: the error of that session, and of nothing else. */
import { beforeAll, describe, expect, it } from 'vitest';
import { copyOut } from '../../../src/postgres/copy-out.js';
import type { DatabaseAccess } from '../../../src/postgres/connection.js';
import { accessTo } from '../backup/harness.js';

let access: DatabaseAccess;
beforeAll(async () => {
  access = await accessTo('postgres');
});

const MEBIBYTE = 1024 * 1024;
const value = (mebibytes: number) => `SELECT pg_catalog.repeat('x', ${mebibytes * MEBIBYTE}) AS value`;

describe('A7: a session', () => {
  it.each([
    // More than a string of JavaScript can be: the driver throws while it reads.
    ['a value of 540 MiB', value(540)],
    ['an error of 40 MiB', `DO $$ BEGIN RAISE '%', pg_catalog.repeat('x', ${40 * MEBIBYTE}); END $$`],
    ['a notice of 40 MiB', `DO $$ BEGIN RAISE NOTICE '%', pg_catalog.repeat('x', ${40 * MEBIBYTE}); END $$`],
    [
      'a gigabyte in rows of 8 MiB',
      `SELECT pg_catalog.repeat('x', ${8 * MEBIBYTE}) FROM pg_catalog.generate_series(1, 128)`,
    ],
  ])('that is sent %s ends with an error that has a code', async (_what, sql) => {
    const client = await access.connect();
    const failed = expect(client.query(sql)).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringMatching(/^Reading the server's answer failed: It sends /) as string,
    });
    await failed;
    // The connection is gone, so that nothing of the rest can be taken for the answer to what comes next.
    await expect(client.query('SELECT 1')).rejects.toThrow();
    await client.end();
  });

  it('whose driver throws while it reads ends with that as its error', async () => {
    const client = await access.connect();
    client.once('notice', () => {
      throw new TypeError('not one of ours');
    });
    await expect(client.query(`DO $$ BEGIN RAISE WARNING 'x'; END $$`)).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: "Reading the server's answer failed: not one of ours.",
    });
    await client.end();
  });

  it('reads rows of any size by COPY, which passes by in pieces, and is bounded again afterwards', async () => {
    const client = await access.connect();
    let bytes = 0;
    await copyOut(client, `COPY (${value(600)}) TO STDOUT`, (chunk) => (bytes += chunk.length));
    expect(bytes).toBe(600 * MEBIBYTE + 1);
    expect((await client.query<{ value: string }>(value(1))).rows[0]?.value).toHaveLength(MEBIBYTE);
    await expect(client.query(value(17))).rejects.toMatchObject({ code: 'QUERY_FAILED' });
    await client.end();
  });
});
