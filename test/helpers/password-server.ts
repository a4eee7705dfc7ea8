/** A PostgreSQL server on TCP that asks for passwords, as one on RDS does. */
import { writeFile } from 'node:fs/promises';
import { freePort } from './free-port.js';
import { createDatabase, startTestServer, type TestDatabase, type TestServer } from './postgres.js';
import { reloadConfiguration } from './reload.js';

export interface PasswordServer {
  readonly host: string;
  readonly port: number;
  /** Creates a database, without a password. */
  createDatabase(sql: string): Promise<TestDatabase>;
  /** Creates a role that may dump, or gives it another password. */
  setPassword(role: string, password: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startPasswordServer(): Promise<PasswordServer> {
  const port = await freePort();
  const server: TestServer = await startTestServer({ port, settings: { listen_addresses: '127.0.0.1' } });
  const admin = await createDatabase(server);
  const [{ hba_file: file } = { hba_file: '' }] = await admin.query<{ hba_file: string }>('SHOW hba_file');
  await writeFile(file, 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
  await reloadConfiguration(server);
  return {
    host: '127.0.0.1',
    port,
    createDatabase: (sql) => createDatabase(server, sql),
    setPassword: async (role, password) => {
      await admin.query(`
        DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        GRANT pg_read_all_data TO ${role};
        ALTER ROLE ${role} PASSWORD '${password.replaceAll("'", "''")}'`);
    },
    stop: () => server.stop(),
  };
}
