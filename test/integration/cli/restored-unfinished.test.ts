/** What is restored is told, whatever becomes of the steps after the commit. */
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { backupDocument, failedDocument, restoreDocument } from '../../../src/cli/json/documents.js';
import { holdProgram } from '../../helpers/held-programs.js';
import { startHoldfast } from '../../helpers/holdfast.js';
import { createDatabase, serverPrograms, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { eventually } from '../../helpers/processes.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { newVault } from '../../helpers/vault.js';
import { parseDocument, runFailing, runJson } from './run-json.js';

let source: TestDatabase;
let vault: string;

beforeAll(async () => {
  source = await createDatabase(
    sharedServer(),
    // An index whose function ends the session that analyzes it, and no other.
    `CREATE FUNCTION public.once(g integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
     BEGIN
       IF pg_catalog.current_query() LIKE 'ANALYZE%' THEN
         PERFORM pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid());
       END IF;
       RETURN g;
     END $$;
     CREATE TABLE public.fragile AS SELECT g FROM generate_series(1, 100) g;
     CREATE INDEX ON public.fragile (public.once(g));
     CREATE SCHEMA sound;
     CREATE TABLE sound.plain AS SELECT g FROM generate_series(1, 50) g`,
  );
  vault = newVault().url;
  await runJson(backupDocument, ['backup', '--url', source.url, '--name', 'db', '--vault', vault]);
});
afterAll(() => source?.end());

async function emptyTarget(sql?: string): Promise<TestDatabase> {
  const target = await createDatabase(sharedServer(), sql);
  onTestFinished(() => target.end());
  return target;
}

const rowsIn = async (target: TestDatabase, table: string) => (await target.query(`SELECT g FROM ${table}`)).length;
const restoreInto = (target: TestDatabase, ...more: string[]) => [
  ...['restore', 'db', '--to', target.url, '--vault', vault],
  ...more,
];

/** PostgreSQL's programs with a pg_dump that fails at whatever it is asked for. */
async function withoutDump(): Promise<string> {
  const { directory } = await serverPrograms();
  const bin = join(temporaryDirectory(), 'bin');
  mkdirSync(bin);
  for (const name of readdirSync(directory)) {
    if (name !== 'pg_dump') symlinkSync(join(directory, name), join(bin, name));
  }
  const script = `#!/bin/sh
case " $* " in *" --version "*) exec '${join(directory, 'pg_dump')}' "$@" ;; esac
echo 'pg_dump: error: out of memory' >&2
exit 1
`;
  writeFileSync(join(bin, 'pg_dump'), script, { mode: 0o755 });
  chmodSync(bin, 0o755);
  return bin;
}

describe('C: a restore that is committed', () => {
  it('C: and whose ANALYZE loses its connection is told as restored, and still checked, with exit 1', async () => {
    const target = await emptyTarget();
    const document = await runJson(restoreDocument, restoreInto(target, '--check'), { exitCode: 1 });
    expect(document.restore).toMatchObject({ rows: 150, rolesWithoutPassword: null });
    expect(document.restore.comparison).toMatchObject({ differences: [] });
    expect(document.restore.unfinished).toEqual([
      {
        step: 'statistics',
        reason: expect.stringMatching(
          /^The backup is restored into \S+\. Analyzing the tables .* was not completed: /,
        ) as string,
      },
    ]);
    expect(document.error).toMatchObject({ code: 'RESTORE_UNFINISHED', exitCode: 1 });
    expect(document.error?.hint).toContain('nothing has to be restored again');
    expect(document.errors).toHaveLength(1);
    expect(await rowsIn(target, 'public.fragile')).toBe(100);
  });

  it('C, 14.A: and whose --check fails is told as restored, and what was not compared, with exit 4', async () => {
    const target = await emptyTarget();
    const options = { env: { HOLDFAST_PG_BIN: await withoutDump() }, exitCode: 4 };
    const args = restoreInto(target, '--check', '--schema', 'sound');
    const document = await runJson(restoreDocument, args, options);
    expect(document.restore).toMatchObject({ rows: 50, comparison: null });
    expect(document.restore.unfinished.map(({ step }) => step)).toEqual(['check']);
    expect(document.error).toMatchObject({ code: 'RESTORE_UNCHECKED', exitCode: 4 });
    expect(document.error?.message).toMatch(/^The backup is restored into .*out of memory/);
    expect(document.error?.message).toMatch(/ Not compared: \d+ entries, 1 table, 50 rows\.$/);
    expect(await rowsIn(target, 'sound.plain')).toBe(50);
  });

  it('C: and interrupted in its --check is told as restored, with exit 130', async () => {
    const target = await emptyTarget();
    const dump = await holdProgram('pg_dump');
    const args = restoreInto(target, '--check', '--schema', 'sound', '--json');
    const { child, result } = startHoldfast(args, { env: { HOLDFAST_PG_BIN: dump.bin } });
    await Promise.race([dump.held(), result]);
    child.kill('SIGINT');
    const ended = await result;
    await dump.release();
    expect(ended.code, ended.stderr).toBe(130);
    const document = parseDocument(restoreDocument, ended);
    expect(document.restore).toMatchObject({ rows: 50, comparison: null });
    expect(document.restore.unfinished.map(({ step }) => step)).toEqual(['check']);
    expect(document.error).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
    expect(document.error?.message).toMatch(/^The backup is restored into .*Interrupted by SIGINT/);
    expect(document.error?.hint).not.toContain('run the command again');
    expect(await rowsIn(target, 'sound.plain')).toBe(50);
  });

  it('C: before the commit, an interruption leaves nothing and says nothing of a restore', async () => {
    const target = await emptyTarget();
    const psql = await holdProgram('psql');
    const { child, result } = startHoldfast(restoreInto(target, '--json'), { env: { HOLDFAST_PG_BIN: psql.bin } });
    await Promise.race([psql.held(), result]);
    child.kill('SIGINT');
    const ended = await result;
    await psql.release();
    expect(ended.code, ended.stderr).toBe(130);
    const { error } = parseDocument(failedDocument, ended);
    expect(error).toMatchObject({ code: 'INTERRUPTED', message: 'Interrupted by SIGINT.' });
    expect(await target.query(`SELECT FROM pg_class WHERE relname = 'fragile'`)).toEqual([]);
  });
});

describe('C: a restore whose COMMIT gets no answer', () => {
  // What the target does at the commit waits for a lock of ours.
  const WAITS = `CREATE TABLE public.seen (tag text);
    CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_catalog.pg_advisory_xact_lock(11); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON public.seen DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION public.wait();
    CREATE FUNCTION public.note() RETURNS event_trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO public.seen VALUES (pg_catalog.current_query()); END $$;
    CREATE EVENT TRIGGER note ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.note()`;
  const BACKEND = `SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'COMMIT%' AND wait_event = 'advisory'`;

  async function heldAtCommit(): Promise<TestDatabase> {
    const target = await emptyTarget(WAITS);
    await (await target.client()).query('SELECT pg_advisory_lock(11)');
    return target;
  }

  it('C: as it is interrupted, says that nobody knows', async () => {
    const target = await heldAtCommit();
    const { child, result } = startHoldfast(restoreInto(target, '--schema', 'sound', '--json'));
    await Promise.race([eventually('it commits', async () => (await target.query(BACKEND)).length === 1), result]);
    child.kill('SIGINT');
    const ended = await result;
    expect(ended.code, ended.stderr).toBe(130);
    const { error } = parseDocument(failedDocument, ended);
    expect(error.message).toMatch(/^It is not known whether the backup is in \S+: COMMIT was sent, but no answer came/);
    expect(error.hint).toContain('check whether the data is in the target');
  });

  it('C: as the server ends the session, says that nobody knows', async () => {
    const target = await heldAtCommit();
    const failing = runFailing(restoreInto(target, '--schema', 'sound'));
    await eventually('it commits', async () => {
      const rows = await target.query<{ pid: number }>(BACKEND);
      for (const { pid } of rows) await target.query(`SELECT pg_terminate_backend(${pid})`);
      return rows.length === 1;
    });
    const { code, message } = await failing;
    expect(code).toBe('COMMIT_UNKNOWN');
    expect(message).toContain('COMMIT was sent, but no answer came');
  });
});
