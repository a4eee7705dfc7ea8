/** Rotations that are killed somewhere, and what is left then. */
import pg from 'pg';
import { expect } from 'vitest';
import { join } from 'node:path';
import type { RotationStep } from '../../../src/rotation/protocol/state-machine.js';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import type { Emulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryFile } from './temporary-file.js';
import type { PasswordServer } from './password-server.js';
import { createSecret, secretsClient, useSecret } from './secrets.js';

const PRELOAD = join(import.meta.dirname, '../../fixtures/rotation/die-at-write.mjs');

export interface KillableCase {
  readonly strategy: 'alternating' | 'single';
  /** Whether the first user is there, with the secret's password. `nobody`: it is declared, and the first rotation makes it. */
  readonly finds: 'user' | 'nobody';
  /**
   * Rotations that have taken place by then. The first one meets users that are not marked; a pair has two kinds of
   * rotations after it, as what it does to the owner is not what it does to the other one.
   */
  readonly before: 0 | 1 | 2;
}

/** Where a process dies: before it writes something, or once that is with the server. */
export type Side = 'before' | 'after';

/** How many times each step writes to a socket. What comes before the first one signs in, and belongs to it. */
export type Writes = Readonly<Record<RotationStep, number>>;

export interface KillableRotations {
  /** Of a whole rotation of such a subject. */
  readonly writes: Writes;
  /** A secret and its users as the case says; the ones of before where rotations lead back to that. */
  subject(): Promise<KillableSubject>;
  /** Removes the users. */
  end(): Promise<void>;
}

export interface KillableSubject {
  /**
   * Starts a rotation that dies at a step's write of this number, from 1.
   *
   * @returns what it wrote where it ended: that step has fewer writes
   */
  rotateAndDie(step: RotationStep, write: number, side: Side): Promise<Writes | undefined>;
  /** Whether the current version signs in. */
  currentWorks(): Promise<boolean>;
  /** Runs the same rotation again, and holds what is there then to what is promised. */
  converge(): Promise<void>;
}

let made = 0;

export async function killableRotations(
  emulator: Emulator,
  server: PasswordServer,
  { strategy, finds, before }: KillableCase,
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
    for (let rotations = 0; rotations < before; rotations += 1) await secret.rotate();
    const inUse = async () => (await secret.current()).username;
    const turn = await inUse();
    const clone = `${user}_clone`;
    const pair = strategy === 'single' ? [user] : [user, clone];
    const run = async (at?: string) => {
      const { signal, code, stderr } = await runHoldfast(['rotate', secret.id, '--settings', file, '--verbose'], {
        env: { ...emulator.env, NODE_OPTIONS: `--import ${PRELOAD}`, DIE_AT: at },
      });
      if (signal === 'SIGKILL') return undefined;
      expect(code, stderr).toBe(0);
      const counted = JSON.parse(/^\{"writes".*\}$/m.exec(stderr)?.[0] ?? '{}') as { writes?: Writes };
      return counted.writes;
    };
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
      rotateAndDie: (step: RotationStep, write: number, side: Side) =>
        run(`${step}:${write}${side === 'after' ? '+' : ''}`),
      /** Whose turn it is differs after half of the kills: those that leave a rotation to be finished. */
      async lead() {
        if ((await inUse()) !== turn) await secret.rotate();
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
  const writes = await subject.run();
  if (!writes) throw new Error('A rotation that nobody kills was killed.');
  return {
    writes,
    async subject() {
      if (before === 0) subject = await prepare();
      else await subject.lead();
      return subject;
    },
    end,
  };
}
