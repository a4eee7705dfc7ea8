/** A database with a table, and a secret for a user of its own. */
import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { AdapterEnvironment } from '../../../src/rotation/adapter-environment.js';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import type { Emulator } from '../../helpers/emulator.js';
import type { PasswordServer } from './password-server.js';
import { createSecret, secretsClient, useSecret, type TestSecret } from './secrets.js';

export type PostgresSettings = Partial<Extract<RotationSettingsInput, { kind: 'postgres' }>>;

export interface Application {
  readonly database: string;
  readonly user: string;
  /** The name of the second user. */
  readonly clone: string;
  readonly secret: TestSecret;
}

let made = 0;

/** The first password of a user that a migration makes. */
export const FIRST_PASSWORD = 'never set';

/** The user is not there yet. @param value what the secret says besides or instead */
export async function application(
  emulator: Pick<Emulator, 'env'>,
  server: PasswordServer,
  settings: PostgresSettings = {},
  { value = {}, overrides }: { value?: Record<string, unknown>; overrides?: Partial<AdapterEnvironment> } = {},
): Promise<Application> {
  const database = await server.createDatabase();
  await server.query(database, 'SET ROLE rds_admin; CREATE TABLE orders (id int); INSERT INTO orders VALUES (7)');
  const client = secretsClient(emulator);
  const masterarn = await createSecret(client, server.administrator);
  const user = `app${process.pid}_${(made += 1)}`;
  const fields = {
    ...server.secretFields(database),
    username: user,
    password: FIRST_PASSWORD,
    masterarn,
    team: 'payments',
    ...value,
  };
  const secret = await useSecret(
    client,
    fields,
    { kind: 'postgres', users: [user], hosts: [server.server.host], ...settings },
    overrides,
  );
  return { database, user, clone: `${user}_clone`, secret };
}

/** Creates the user as a migration would, with the password of the secret. */
export async function createUser(server: PasswordServer, { database, user }: Application, sql = ''): Promise<void> {
  await server.query(
    database,
    `SET ROLE rds_admin; CREATE ROLE ${user} LOGIN PASSWORD '${FIRST_PASSWORD}'; GRANT SELECT ON orders TO ${user}; RESET ROLE; ${sql}`,
  );
}

/** One that is there. */
export async function runningApplication(
  emulator: Pick<Emulator, 'env'>,
  server: PasswordServer,
  { sql = '', ...settings }: PostgresSettings & { readonly sql?: string } = {},
): Promise<Application> {
  const app = await application(emulator, server, settings);
  await createUser(server, app, sql.replaceAll('APP', app.user));
  return app;
}

/** A session that ends with the test, if not before. */
export async function signIn(value: Record<string, unknown>, more: pg.ClientConfig = {}): Promise<pg.Client> {
  const { host, port, dbname, username, password } = value as Record<string, string>;
  const client = new pg.Client({ host, port: Number(port), database: dbname, user: username, password, ...more });
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.end().catch(() => {}));
  return client;
}

export async function asApplication<T>(secret: TestSecret, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { host, port, dbname, username, password } = (await secret.current()) as Record<string, string>;
  const client = new pg.Client({ host, port: Number(port), database: dbname, user: username, password });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** All that the server stores of a role's way in: equal before and after, if nobody has touched it. */
export async function roleAsStored(server: PasswordServer, name: string): Promise<unknown> {
  const rows = await server.query(
    'postgres',
    `SELECT a.*, shobj_description(a.oid, 'pg_authid') AS comment,
            ARRAY(SELECT setdatabase || ' ' || setconfig::text FROM pg_db_role_setting WHERE setrole = a.oid ORDER BY 1) AS settings,
            ARRAY(SELECT roleid::regrole || ' ' || member::regrole || ' ' || admin_option FROM pg_auth_members
                   WHERE a.oid IN (roleid, member) ORDER BY 1) AS memberships
       FROM pg_authid a WHERE rolname = '${name}'`,
  );
  return rows[0];
}
