import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAccess } from '../../../src/postgres/connection.js';
import { preparePgDump, startPgDump } from '../../../src/postgres/pg-dump.js';
import { startPsql } from '../../../src/postgres/psql.js';
import { createDatabase, serverPrograms, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, bareEnvironment } from './access.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database?.end());

describe('startPgDump', () => {
  it('dumps in the snapshot that it is given', async () => {
    const holder = await database.client();
    await holder.query('CREATE TABLE t (a int); INSERT INTO t VALUES (1)');
    await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const { rows } = await holder.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot');
    await database.query('INSERT INTO t VALUES (2)');
    const dump = async (snapshot?: string) => {
      const launch = await preparePgDump({
        programs: await serverPrograms(),
        access: await accessTo(database),
        lockWaitTimeoutMs: 5000,
        extraArgs: ['--data-only'],
      });
      const child = launch(snapshot);
      let text = '';
      for await (const chunk of child.stdout.setEncoding('utf8')) text += String(chunk);
      expect((await child.exited).code).toBe(0);
      return /FROM stdin;\n([^]*?)\\\.\n/.exec(text)?.[1];
    };
    expect(await dump(rows[0]?.snapshot)).toBe('1\n');
    expect(await dump()).toBe('1\n2\n');
  });

  it('gives up on a lock that it does not get in time, and names the table', async () => {
    const holder = await database.client();
    await holder.query('CREATE TABLE guarded (a int)');
    await holder.query('BEGIN; LOCK TABLE guarded');
    const child = await startPgDump({
      programs: await serverPrograms(),
      access: await accessTo(database),
      lockWaitTimeoutMs: 200,
    });
    child.stdout.on('data', () => {});
    expect((await child.exited).code).toBe(1);
    expect(child.stderr()).toMatch(/timeout[^]*LOCK TABLE public\.guarded/);
  });

  it.each([['the caller', '-c extra_float_digits=1', '-c no_such_setting=1']])(
    'applies the session settings of both target and caller: here those of %s are refused by pg_dump',
    async (_, own, extra) => {
      const { target } = await accessTo(database);
      const access = await openAccess({
        target: { ...target, parameters: { options: own } },
        authentication: { kind: 'default' },
        env: bareEnvironment,
      });
      const child = await startPgDump({
        programs: await serverPrograms(),
        access,
        lockWaitTimeoutMs: 5000,
        extraEnvironment: { PGOPTIONS: extra },
      });
      child.stdout.on('data', () => {});
      expect((await child.exited).code).toBe(1);
      expect(child.stderr()).toContain('no_such_setting');
    },
  );

  it('applies the session settings of both target and caller: here those of the target are refused, by our own session', async () => {
    const { target } = await accessTo(database);
    const access = await openAccess({
      target: { ...target, parameters: { options: '-c no_such_setting=1' } },
      authentication: { kind: 'default' },
      env: bareEnvironment,
    });
    const dump = startPgDump({ programs: await serverPrograms(), access, lockWaitTimeoutMs: 5000 });
    await expect(dump).rejects.toThrow(/no_such_setting/);
  });
});

describe('startPsql', () => {
  const run = async (input: string, options: { user?: boolean } = {}) => {
    const child = await startPsql({
      programs: await serverPrograms(),
      access: await accessTo(database),
      ...(options.user && { user: sharedServer().user }),
    });
    child.stdin.end(input);
    return { ...(await child.exited), stderr: child.stderr() };
  };
  const tables = async () =>
    (await database.query<{ relname: string }>(`SELECT relname FROM pg_class WHERE relname ~ '^t\\d'`)).map(
      (row) => row.relname,
    );

  it('ends at the first error with status 3 and the text of the error, and leaves nothing of an open transaction', async () => {
    const result = await run(
      'BEGIN;\nCREATE TABLE t1 (a int);\nSELECT * FROM nowhere;\nCREATE TABLE t2 (a int);\nCOMMIT;\n',
      { user: true },
    );
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/psql:<stdin>:3: ERROR: {2}42P01: relation "nowhere" does not exist/);
    expect(await tables()).toEqual([]);
  });

  it('commits nothing when its input ends before the COMMIT', async () => {
    expect((await run('BEGIN;\nCREATE TABLE t1 (a int);\n')).code).toBe(0);
    expect(await tables()).toEqual([]);
    expect(await run('BEGIN;\nCREATE TABLE t1 (a int);\nSELECT 1;\nCOMMIT;\n')).toEqual({
      code: 0,
      signal: null,
      stderr: '',
    });
    expect(await tables()).toEqual(['t1']);
  });
});
