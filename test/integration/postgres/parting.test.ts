/** The end of a session on a server where code of the database has started a program that stays. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../helpers/postgres.js';
import { accessTo } from '../backup/harness.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ confinement: 'preferred' });
});
// Which ends the program, too.
afterAll(() => server?.stop());

it('A5: does not wait for a program that has inherited its connection', async () => {
  const client = await (await accessTo('postgres', { server })).connect();
  await client.query(`COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; sleep 86400 > /dev/null 2>&1 < /dev/null &'`);
  await client.end();
  // The session itself has ended: what was sent has arrived.
  const other = await (await accessTo('postgres', { server })).connect();
  const left = () => other.query(`SELECT FROM pg_catalog.pg_stat_activity WHERE query LIKE 'COPY (SELECT 1)%'`);
  await expect.poll(async () => (await left()).rowCount).toBe(0);
  await other.end();
});
