/** What never comes to an end is ended, here and on the server, and leaves nothing. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { verifyBackup } from '../../../src/backup/verify/verify-backup.js';
import { restoreBackup } from '../../../src/backup/restore/restore-backup.js';
import type { RestoreResult } from '../../../src/backup/restore/restore-request.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { createDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { watchedDrill } from '../../helpers/watched-drill.js';
import { accessTo, filesIn, makeContext, takeBackup } from './harness.js';

/** No other timer is set to this, so it is known as the limit, and ends when the test lets it. */
const LIMIT_MS = 123_456_789;

/** Runs `work` under a limit that is over as soon as `reached` resolves, and returns what came of it, or what it threw. */
async function overWhen(reached: () => Promise<void>, work: () => Promise<unknown>): Promise<unknown> {
  const real = globalThis.setTimeout;
  let over: (() => void) | undefined;
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms?: number, ...rest: []) => {
    if (ms !== LIMIT_MS) return real(run, ms, ...rest);
    over = run;
    return real(() => {}, 0);
  });
  try {
    const ended = work().catch((error: unknown) => error);
    await reached();
    expect(over).toBeDefined();
    over?.();
    return await ended;
  } finally {
    spy.mockRestore();
  }
}

/**
 * It waits where a test says so, by a setting of the target's server; at the first of so many rows that the end of the dump
 * has not been sent.
 */
const WAITING = `
  CREATE FUNCTION public.wait_for_ever() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$
  BEGIN
    IF pg_catalog.current_setting('test.hang', true) = 'on' THEN PERFORM pg_catalog.pg_sleep(86400); END IF;
    RETURN true;
  END $f$;`;
const IN_CHECK = `${WAITING}
  CREATE TABLE public.hanging (a text, CHECK (public.wait_for_ever()));
  INSERT INTO public.hanging SELECT pg_catalog.repeat('x', 1000) FROM pg_catalog.generate_series(1, 20000);`;

let context: BackupContext;
let source: TestDatabase;
let backup: CompleteBackup;
/** Where restored code hangs. */
let server: TestServer;

beforeAll(async () => {
  context = await makeContext();
  source = await createDatabase(undefined, IN_CHECK);
  ({ backup } = await takeBackup(await accessTo(source.name), context, { name: 'hanging' }));
  server = await startTestServer({ settings: { 'test.hang': 'on' } });
});
afterAll(async () => {
  await source?.end();
  await server?.stop();
});

const hangingIn = (database: TestDatabase) => async () => {
  await expect
    .poll(() => sleepers(database), { timeout: 60_000 })
    .toEqual([expect.objectContaining({ event: 'PgSleep' })]);
};

function sleepers(database: TestDatabase): Promise<{ event: string; query: string }[]> {
  return database.query(
    `SELECT wait_event AS event, query FROM pg_stat_activity WHERE datname = '${database.name}' AND wait_event = 'PgSleep'`,
  );
}

function backends(database: TestDatabase): Promise<unknown[]> {
  return database.query(
    `SELECT pid, query FROM pg_stat_activity WHERE datname = '${database.name}' AND pid <> pg_backend_pid()`,
  );
}

const CHOICES = { create: false, globals: false, owners: true, check: false, dryRun: false, maxDurationMs: LIMIT_MS };

describe('a restore that takes longer than its limit', () => {
  it('A5: leaves nothing in the target, and nothing of it goes on there', async () => {
    const target = await createDatabase(server);
    onTestFinished(() => target.end());
    const access = await accessTo(target.name, { server });
    const error = await overWhen(hangingIn(target), () =>
      restoreBackup({ backup, target: access, ...CHOICES }, context),
    );
    expect(error).toMatchObject({
      code: 'RESTORE_TIMEOUT',
      exitCode: 1,
      message: expect.stringMatching(
        /took longer than its limit of 34h17m37s and was ended\. The target is as before/,
      ) as string,
    });
    await expect.poll(() => backends(target)).toEqual([]);
    expect(await target.query(`SELECT FROM pg_class WHERE relname = 'hanging'`)).toEqual([]);
  });

  it('A5: removes the database that was made for it', async () => {
    const other = await createDatabase(server);
    onTestFinished(() => other.end());
    const name = `made_${other.name}`;
    const access = await accessTo(name, { server });
    const asleep = async () => {
      await expect
        .poll(() => other.query(`SELECT FROM pg_stat_activity WHERE datname = '${name}' AND wait_event = 'PgSleep'`), {
          timeout: 60_000,
        })
        .toHaveLength(1);
    };
    const error = await overWhen(asleep, () =>
      restoreBackup({ backup, target: access, ...CHOICES, create: true }, context),
    );
    expect(error).toMatchObject({ code: 'RESTORE_TIMEOUT' });
    expect(await other.query(`SELECT FROM pg_database WHERE datname = '${name}'`)).toEqual([]);
    expect(await other.query(`SELECT FROM pg_stat_activity WHERE datname = '${name}'`)).toEqual([]);
  });

  it('A5: while statistics are made ends that session as well, and says that the backup is restored', async () => {
    // Called for the rows of the table, and no more: making the index does not call it for a table without rows.
    const indexed = await createDatabase(
      undefined,
      `CREATE FUNCTION public.wait_in_analyze(a integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $f$
       BEGIN
         IF pg_catalog.current_setting('test.hang', true) = 'on' AND pg_catalog.current_query() LIKE 'ANALYZE %'
           THEN PERFORM pg_catalog.pg_sleep(86400); END IF;
         RETURN a;
       END $f$;
       CREATE TABLE public.indexed AS SELECT g AS a FROM generate_series(1, 10) g;
       CREATE INDEX ON public.indexed (public.wait_in_analyze(a));`,
    );
    onTestFinished(() => indexed.end());
    const { backup: taken } = await takeBackup(await accessTo(indexed.name), context, { name: 'indexed' });
    const target = await createDatabase(server);
    onTestFinished(() => target.end());
    const access = await accessTo(target.name, { server });
    const result = await overWhen(hangingIn(target), () =>
      restoreBackup({ backup: taken, target: access, ...CHOICES }, context),
    );
    expect(result).toMatchObject({ unfinished: [{ step: 'statistics', error: { code: 'RESTORE_UNFINISHED' } }] });
    const [unfinished] = (result as RestoreResult).unfinished;
    expect(unfinished?.error.message).toMatch(/^The backup is restored into .*took longer than its limit/);
    await expect.poll(() => backends(target)).toEqual([]);
    expect(await target.query('SELECT count(*)::integer AS n FROM public.indexed')).toEqual([{ n: 10 }]);
  });
});

describe('a drill that takes longer than its limit', () => {
  it('A5: is DRILL_TIMEOUT, writes no proof, and its server is removed', async () => {
    const always = await createDatabase();
    onTestFinished(() => always.end());
    // Only what is restored hangs: there, the table is filled before it has a row.
    await always.query(`
      CREATE FUNCTION public.hang() RETURNS boolean LANGUAGE plpgsql AS $f$
      BEGIN
        IF pg_catalog.current_database() = '${always.name}' AND pg_catalog.current_setting('listen_addresses') = ''
           AND pg_catalog.current_setting('fsync') = 'off' AND pg_catalog.current_query() LIKE 'COPY %' THEN
          COPY (SELECT 1) TO PROGRAM 'cat > hanging';
          PERFORM pg_catalog.pg_sleep(86400);
        END IF;
        RETURN true;
      END $f$;
      CREATE TABLE public.t (a integer, CHECK (public.hang()));
      INSERT INTO public.t VALUES (1);`);
    const { backup: taken } = await takeBackup(await accessTo(always.name), context, { name: 'always' });
    const drill = watchedDrill(['hanging']);
    const reached = async () => {
      await expect
        .poll(() => drill.directory() !== '' && existsSync(`${drill.directory()}/data/hanging`), { timeout: 60_000 })
        .toBe(true);
    };
    const error = await overWhen(reached, () =>
      verifyBackup(taken, context, { startDrill: drill.start, maxDurationMs: LIMIT_MS }),
    );
    expect(error).toMatchObject({
      code: 'DRILL_TIMEOUT',
      exitCode: 1,
      message: expect.stringMatching(/^The drill of layer2\/always\/\S+ took longer than its limit/) as string,
    });
    expect(existsSync(drill.directory())).toBe(false);
    expect(filesIn(context).filter((name) => name.startsWith('always') && name.includes('.proof-'))).toEqual([]);
  });
});
