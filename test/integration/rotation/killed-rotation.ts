/** A rotation that is killed somewhere, and what is left then. */
import pg from 'pg';
import { expect } from 'vitest';
import { join } from 'node:path';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import type { Emulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryFile } from './temporary-file.js';
import type { PasswordServer } from './password-server.js';
import { createSecret, secretsClient, useSecret, type TestSecret } from './secrets.js';

const PRELOAD = join(import.meta.dirname, '../../fixtures/rotation/die-at-write.mjs');

export interface KilledRotations {
  readonly secret: TestSecret;
  /** How many times a whole rotation writes to a socket. */
  readonly writes: number;
  /** Starts a rotation that dies; `false` when it had ended before. @param at as of `die-at-write.mjs` */
  rotateAndDie(at: string): Promise<boolean>;
  /** Whether the current version signs in. */
  currentWorks(): Promise<boolean>;
  /** Runs the same rotation again, and holds what is there then to what is promised. */
  converge(): Promise<void>;
}

let made = 0;

export async function killableRotation(
  emulator: Emulator,
  server: PasswordServer,
  settings: Extract<RotationSettingsInput, { kind: 'postgres' }>,
): Promise<KilledRotations> {
  const database = await server.createDatabase();
  const client = secretsClient(emulator);
  const user = `killed${process.pid}_${(made += 1)}`;
  const masterarn = await createSecret(client, server.administrator);
  await server.query(
    database,
    `SET ROLE rds_admin; CREATE ROLE ${user} LOGIN PASSWORD 'first'; CREATE TABLE kept (id int);
     GRANT SELECT ON kept TO ${user}`,
  );
  const value = { ...server.secretFields(database), username: user, password: 'first', masterarn };
  const secret = await useSecret(client, value, settings);
  const file = temporaryFile(JSON.stringify(settings));
  const run = (at?: string) =>
    runHoldfast(['rotate', secret.id, '--settings', file], {
      env: { ...emulator.env, NODE_OPTIONS: `--import ${PRELOAD}`, DIE_AT: at },
    });
  const currentWorks = async () => {
    const { host, port, dbname, username, password } = (await secret.current()) as Record<string, string>;
    const session = new pg.Client({ host, port: Number(port), database: dbname, user: username, password });
    return session.connect().then(
      () => session.query('SELECT * FROM kept').then(() => session.end().then(() => true)),
      () => false,
    );
  };
  // The first one makes the pair, so that all others are alike.
  if (settings.strategy !== 'single') await secret.rotate();
  const counted = await run();
  expect(counted.code, counted.stderr).toBe(0);
  return {
    secret,
    writes: Number(/writes: (\d+)/.exec(counted.stderr)?.[1]),
    async rotateAndDie(at) {
      const { signal, code, stderr } = await run(at);
      if (signal !== 'SIGKILL') expect(code, stderr).toBe(0);
      return signal === 'SIGKILL';
    },
    currentWorks,
    async converge() {
      await secret.rotate();
      expect(await currentWorks()).toBe(true);
      const stages = Object.values(await secret.stages()).flat();
      expect(stages).not.toContain('AWSPENDING');
      expect(stages.filter((stage) => stage === 'AWSCURRENT')).toHaveLength(1);
      const users = await server.query<{ name: string }>(
        database,
        `SELECT rolname AS name FROM pg_roles WHERE rolname LIKE '${user}%' ORDER BY 1`,
      );
      const pair = settings.strategy === 'single' ? [user] : [user, `${user}_clone`];
      expect(users.map(({ name }) => name)).toEqual(pair);
      const borrowed = await server.query(
        database,
        `SELECT FROM pg_auth_members WHERE pg_get_userbyid(member) = 'rds_admin' AND grantor = member`,
      );
      expect(borrowed).toEqual([]);
    },
  };
}
