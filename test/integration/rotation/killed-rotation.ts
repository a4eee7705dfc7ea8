/** Rotations that are killed somewhere, and what is left then. */
import pg from 'pg';
import { expect } from 'vitest';
import { join } from 'node:path';
import { STEPS, type RotationStep } from '../../../src/rotation/protocol/state-machine.js';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import type { Emulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryFile } from './temporary-file.js';
import type { PasswordServer } from './password-server.js';
import { createSecret, secretsClient, useSecret } from './secrets.js';

const PRELOAD = join(import.meta.dirname, '../../fixtures/rotation/die-at-write.mjs');

export interface KillableCase {
  readonly strategy: 'alternating' | 'single';
  /** The users that the rotation finds. With `nobody` they are declared, and it makes the first. */
  readonly finds: 'pair' | 'user' | 'nobody';
}

/** Where a process dies: before it writes something, or once that is with the server. */
export type Side = 'before' | 'after';

export interface KillableRotations {
  /** How many times a whole rotation writes to a socket. */
  readonly writes: number;
  /** All points of a step, as of `die-at-write.mjs`. */
  pointsOf(step: RotationStep, side: Side): readonly string[];
  /** A secret as `finds` says, and its users; the one of before where rotations leave it like that. */
  subject(): Promise<KillableSubject>;
  /** Removes the users. */
  end(): Promise<void>;
}

export interface KillableSubject {
  /** Starts a rotation that dies; `false` when it had ended before. @param at as of `die-at-write.mjs` */
  rotateAndDie(at: string): Promise<boolean>;
  /** Whether the current version signs in. */
  currentWorks(): Promise<boolean>;
  /** Runs the same rotation again, and holds what is there then to what is promised. */
  converge(): Promise<void>;
}

let made = 0;

export async function killableRotations(
  emulator: Emulator,
  server: PasswordServer,
  { strategy, finds }: KillableCase,
): Promise<KillableRotations> {
  const client = secretsClient(emulator);
  const database = await server.createDatabase();
  await server.query(database, 'SET ROLE rds_admin; CREATE TABLE kept (id int)');
  const masterarn = await createSecret(client, server.administrator);
  const grants = [{ on: 'tables' as const, schema: 'public', names: ['kept'], privileges: ['SELECT'] }];
  const rolesOf = async () =>
    (await server.query<{ name: string }>(database, 'SELECT rolname AS name FROM pg_roles')).map(({ name }) => name);
  const others = new Set(await rolesOf());
  const users = async () => (await rolesOf()).filter((name) => !others.has(name)).sort();

  const end = async () => {
    for (const user of await users()) await server.query(database, `DROP OWNED BY ${user}; DROP ROLE ${user}`);
  };

  const prepare = async () => {
    await end();
    const user = `killed_${(made += 1)}`;
    const settings: RotationSettingsInput = {
      kind: 'postgres',
      users: [user],
      hosts: [server.server.host],
      strategy,
      ...(finds === 'nobody' && { role: { grants } }),
    };
    const file = temporaryFile(JSON.stringify(settings));
    if (finds !== 'nobody') {
      const sql = `CREATE ROLE ${user} LOGIN PASSWORD 'first'; GRANT SELECT ON kept TO ${user}`;
      await server.query(database, `SET ROLE rds_admin; ${sql}`);
    }
    const value = { ...server.secretFields(database), username: user, password: 'first', masterarn };
    const secret = await useSecret(client, value, settings);
    if (finds === 'pair') await secret.rotate();
    const clone = `${user}_clone`;
    const pair = strategy === 'single' ? [user] : [user, clone];
    const run = (at?: string) =>
      runHoldfast(['rotate', secret.id, '--settings', file, '--verbose'], {
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
    return {
      run,
      async rotateAndDie(at: string) {
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
        const left = await users();
        // A rotation that had ended but for its last words is followed by another one, which makes the second user.
        if (finds === 'nobody') expect(pair).toEqual(expect.arrayContaining(left));
        else expect(left).toEqual(pair);
        const borrowed = await server.query(
          database,
          `SELECT FROM pg_auth_members WHERE pg_get_userbyid(member) = 'rds_admin' AND grantor = member`,
        );
        expect(borrowed).toEqual([]);
      },
    };
  };

  let subject = await prepare();
  const counted = await subject.run();
  expect(counted.code, counted.stderr).toBe(0);
  const { writes, steps } = JSON.parse(/^\{"writes".*\}$/m.exec(counted.stderr)?.[0] ?? '{}') as Counted;
  const leavesItLikeThat = finds === 'pair' || (finds === 'user' && strategy === 'single');
  return {
    writes,
    pointsOf(step, side) {
      // What comes before the first step signs in, and belongs to it.
      const from = step === 'createSecret' ? 1 : steps[step];
      const next = STEPS[STEPS.indexOf(step) + 1];
      const to = next === undefined ? writes : steps[next] - 1;
      return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}${side === 'after' ? '+' : ''}`);
    },
    async subject() {
      if (!leavesItLikeThat) subject = await prepare();
      return subject;
    },
    end,
  };
}

/** What `die-at-write.mjs` prints: all writes, and which was the first of each step. */
interface Counted {
  readonly writes: number;
  readonly steps: Readonly<Record<RotationStep, number>>;
}
