/** Run as a process of its own by kill.test.ts: starts a throwaway server with a busy query, prints where it is. */
import pg from 'pg';
import { findPrograms } from '../../../src/postgres/client-programs.js';
import { startThrowawayServer } from '../../../src/postgres/throwaway/throwaway-server.js';

const [tmpDirectory, mode] = process.argv.slice(2);
const installed = (await findPrograms({ env: process.env })).filter((found) => found.has('initdb')).at(-1);
if (!installed) throw new Error('no PostgreSQL server programs');
const server = await startThrowawayServer({ programs: installed, tmpDirectory });
if (mode === 'wait') {
  const client = new pg.Client(server.connection('postgres'));
  client.on('error', () => {});
  await client.connect();
  void client.query('SELECT pg_sleep(3600)').catch(() => {});
}
process.stdout.write(`${server.host}\n`);
if (mode === 'throw') throw new Error('on purpose');
