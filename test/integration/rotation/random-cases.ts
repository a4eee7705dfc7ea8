/** The secrets that rotations, edits and kills meet at: users of PostgreSQL, and of Redis. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ownerUser } from '../../../src/rotation/redis/acl-owner.js';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import type { Emulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { application, createUser } from './application.js';
import type { PasswordServer } from './password-server.js';
import { rotateAtRandom, type Happened } from './random-rotations.js';
import { OPERATOR, signIn as signInToRedis, type RedisServer } from './redis-server.js';
import { createSecret, secretsClient, useSecret, type TestSecret } from './secrets.js';
import { temporaryFile } from './temporary-file.js';
import pg from 'pg';

const PRELOAD = join(import.meta.dirname, '../../fixtures/rotation/die-at-write.mjs');

export interface RandomCase {
  readonly seed: number;
  readonly rounds: number;
  /** Whether processes of the command line are killed as well. */
  readonly processes: boolean;
}

export async function rotatePostgresAtRandom(
  emulator: Emulator,
  server: PasswordServer,
  strategy: 'alternating' | 'single',
  { seed, rounds, processes }: RandomCase,
): Promise<Happened> {
  const app = await application(emulator, server, { strategy });
  await createUser(server, app);
  const { user, clone } = app;
  // Names that come close, a user of another service, and one that has more than all of them.
  await server.query(
    'postgres',
    `SET ROLE rds_admin; CREATE ROLE ${clone}_clone LOGIN PASSWORD 'theirs'; CREATE ROLE ${user}_other LOGIN PASSWORD 'theirs';
     GRANT ${user}_other TO ${clone}_clone`,
  );
  const settings = { kind: 'postgres' as const, users: [user], hosts: [server.server.host], strategy };
  const pair = [user, clone].map((name) => `'${name}'`).join(', ');
  const result = await rotateAtRandom({
    secret: app.secret,
    settings,
    seed,
    rounds,
    always: strategy === 'alternating',
    async signIn(value) {
      const { host, port, dbname, username, password } = value as Record<string, string>;
      const client = new pg.Client({ host, port: Number(port), database: dbname, user: username, password });
      client.on('error', () => {});
      await client.connect();
      await client.query('SELECT * FROM orders');
      await client.end();
    },
    bystanders: () =>
      server.query(
        'postgres',
        `SELECT a.*, shobj_description(a.oid, 'pg_authid') AS comment,
                ARRAY(SELECT setconfig::text FROM pg_db_role_setting WHERE setrole = a.oid) AS settings,
                ARRAY(SELECT m.roleid::regrole || ' ' || m.member::regrole FROM pg_auth_members m
                       WHERE a.oid IN (m.roleid, m.member) AND m.member::regrole::text NOT IN (${pair}) ORDER BY 1) AS held
           FROM pg_authid a WHERE rolname NOT IN (${pair}) ORDER BY rolname`,
      ),
    ...(processes && { processes: { writes: 300, run: mortalProcesses(emulator, app.secret, settings) } }),
  });
  await server.query(app.database, `DROP OWNED BY ${user}${strategy === 'single' ? '' : `, ${clone}`}`);
  return result;
}

export async function rotateRedisAtRandom(
  emulator: Emulator,
  redis: RedisServer,
  { seed, rounds, processes }: RandomCase,
): Promise<Happened> {
  const username = `random${seed}`;
  const rules = ['on', 'resetpass', '>first-password', '~*', '+@read', '+ping'];
  await redis.command('ACL', 'SETUSER', username, ...rules);
  for (const name of [`${username}_clone`, 'bystander']) await redis.command('ACL', 'SETUSER', name, ...rules);
  const own = [username, ownerUser(username)];
  onTestFinished(() => void redis.command('ACL', 'DELUSER', ...own).catch(() => {}));
  const client = secretsClient(emulator);
  const where = { host: '127.0.0.1', port: redis.port, tls: false };
  const administratorSecretArn = await createSecret(client, { ...OPERATOR, ...where });
  const control = { kind: 'acl' as const, username, administratorSecretArn };
  const settings = { kind: 'redis' as const, control, overlap: 0 };
  const secret = await useSecret(client, { engine: 'redis', ...where, username, password: 'first-password' }, settings);
  return rotateAtRandom({
    secret,
    settings,
    seed,
    rounds,
    always: true,
    signIn: signInToRedis,
    ...(processes && { processes: { writes: 240, run: mortalProcesses(emulator, secret, settings) } }),
    async bystanders() {
      const users = (await redis.command('ACL', 'LIST')) as string[];
      return users.filter((line) => !own.some((name) => line.startsWith(`user ${name} `))).sort();
    },
  });
}

/** `holdfast rotate`, killed with SIGKILL at a write. */
function mortalProcesses(emulator: Emulator, { id }: TestSecret, settings: RotationSettingsInput) {
  const file = temporaryFile(JSON.stringify(settings));
  return (dieAt: string) =>
    runHoldfast(['rotate', id, '--settings', file, '--verbose'], {
      env: { ...emulator.env, NODE_OPTIONS: `--import ${PRELOAD}`, DIE_AT: dieAt },
    });
}
