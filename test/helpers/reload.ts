/** pg_reload_conf() only asks for it: the server takes its time. */
import pg from 'pg';
import { eventually } from './processes.js';

/** Reloads a server's configuration, pg_hba.conf included, and resolves when new connections are judged by it. */
export async function reloadConfiguration(server: { connection(database: string): pg.ClientConfig }): Promise<void> {
  const ask = async (sql: string) => {
    const client = new pg.Client(server.connection('postgres'));
    await client.connect();
    try {
      return (await client.query<{ value: string }>(sql)).rows[0]?.value;
    } finally {
      await client.end();
    }
  };
  // A new session has the time of its postmaster.
  const loaded = () => ask('SELECT pg_conf_load_time()::text AS value');
  const before = await loaded();
  await ask('SELECT pg_reload_conf()::text AS value');
  await eventually('the server has reloaded its configuration', async () => (await loaded()) !== before);
}
