/** Rotations under clients that connect all the time: not one connection may be refused. */
import pg from 'pg';
import { expect } from 'vitest';
import type { Emulator } from '../../helpers/emulator.js';
import type { PasswordServer } from './password-server.js';
import { createSecret, secretsClient, useSecret } from './secrets.js';
import { startSteadyClients } from './steady-clients.js';

/** Milliseconds between two looks of a client at the secret. */
const INTERVAL = 200;

export async function rotateUnderClients(
  emulator: Emulator,
  server: PasswordServer,
  { rotations, clients }: { readonly rotations: number; readonly clients: number },
): Promise<void> {
  const database = await server.createDatabase();
  const client = secretsClient(emulator);
  const user = `steady_${process.pid}`;
  await server.query(
    database,
    `SET ROLE rds_admin; CREATE ROLE ${user} LOGIN PASSWORD 'first' CONNECTION LIMIT ${clients + 2};
     CREATE TABLE kept (id int); GRANT SELECT ON kept TO ${user}`,
  );
  const masterarn = await createSecret(client, server.administrator);
  const value = { ...server.secretFields(database), username: user, password: 'first', masterarn };
  const secret = await useSecret(client, value, { kind: 'postgres', users: [user], hosts: [server.server.host] });
  const steady = startSteadyClients({
    client,
    secretId: secret.id,
    clients,
    interval: INTERVAL,
    connect: async ({ host, port, dbname, username, password }) => {
      const session = new pg.Client({
        host: host as string,
        port: port as number,
        database: dbname as string,
        user: username as string,
        password: password as string,
      });
      await session.connect();
      await session.query('SELECT * FROM kept');
      await session.end();
    },
  });
  try {
    for (let done = 0; done < rotations; done += 1) {
      await secret.rotate();
      await steady.readAgain();
    }
  } finally {
    await steady.stop();
  }
  expect(steady.refused).toEqual([]);
  expect(steady.values).toBe(rotations + 1);
  expect(steady.connections).toBeGreaterThan(rotations * clients);
}
