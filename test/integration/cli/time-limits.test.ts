/** One database whose restore never ends takes its own time, and not that of the others. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { backupDocument, verifyDocument } from '../../../src/cli/json/documents.js';
import { createDatabase, startTestServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { newVault } from '../../helpers/vault.js';
import { runFailing, runJson } from './run-json.js';

/**
 * It waits wherever it is restored, and nowhere else: only there a COPY calls it, at the first of so many rows that the
 * end of the dump has not been sent.
 */
const HANGING = `
  CREATE FUNCTION public.hang() RETURNS boolean LANGUAGE plpgsql AS $f$
  BEGIN
    IF pg_catalog.current_query() LIKE 'COPY %' THEN PERFORM pg_catalog.pg_sleep(86400); END IF;
    RETURN true;
  END $f$;
  CREATE TABLE public.t (a text, CHECK (public.hang()));
  INSERT INTO public.t SELECT pg_catalog.repeat('x', 1000) FROM pg_catalog.generate_series(1, 20000);`;

let hanging: TestDatabase;
let plain: TestDatabase;
const vault = newVault();
const directory = temporaryDirectory();

beforeAll(async () => {
  hanging = await createDatabase(undefined, HANGING);
  plain = await createDatabase(undefined, 'CREATE TABLE t AS SELECT g FROM generate_series(1, 10) g');
  // In the order of their names, it comes before the other one.
  for (const [name, database] of [
    ['a-hanging', hanging],
    ['plain', plain],
  ] as const) {
    await runJson(backupDocument, ['backup', '--url', database.url, '--name', name, '--vault', vault.url]);
  }
  const entries = `
  - {name: a-hanging, dbName: x, host: h, restoreMaxDuration: 3s}
  - {name: plain, dbName: y, host: h}`;
  writeFileSync(join(directory, 'holdfast.yaml'), `vault: ${vault.url}\ndatabases:${entries}\n`);
});
afterAll(async () => {
  await hanging?.end();
  await plain?.end();
});

describe('verify --all with a database that hangs for ever', () => {
  it('A5: ends that one by the limit of the config, proves the other, and exits with 1', async () => {
    const document = await runJson(verifyDocument, ['verify', '--all'], { cwd: directory, exitCode: 1 });
    expect(document.proofs).toEqual([expect.objectContaining({ database: 'plain', verdict: 'proven', stored: true })]);
    expect(document.errors).toEqual([
      expect.objectContaining({
        code: 'DRILL_TIMEOUT',
        exitCode: 1,
        message: expect.stringMatching(
          /^The drill of layer2\/a-hanging\/\S+ took longer than its limit of 3s/,
        ) as string,
      }),
    ]);
  });

  it('A5: goes by --max-duration before the config', async () => {
    const failed = await runFailing(['verify', 'a-hanging', '--max-duration', '5s'], { cwd: directory });
    expect(failed.message).toMatch(/^The drill of \S+ took longer than its limit of 5s/);
  });

  it('A5: fails as a command where it is the only one', async () => {
    const failed = await runFailing(['verify', 'a-hanging'], { cwd: directory });
    expect(failed).toMatchObject({ code: 'DRILL_TIMEOUT', result: { code: 1 } });
    expect(failed.hint).toMatch(/No proof was written\. Raise --max-duration, or restoreMaxDuration/);
  });
});

describe('restore with a dump that hangs for ever', () => {
  it('A5: ends by --max-duration with RESTORE_TIMEOUT, and leaves neither tables nor sessions', async () => {
    const server = await startTestServer();
    onTestFinished(() => server.stop());
    const target = await createDatabase(server);
    const args = ['restore', 'a-hanging', '--to', target.url, '--max-duration', '4s', '--yes'];
    const failed = await runFailing(args, { cwd: directory });
    expect(failed).toMatchObject({ code: 'RESTORE_TIMEOUT', result: { code: 1 } });
    expect(failed.message).toMatch(/limit of 4s and was ended\. The target is as before\.$/);
    expect(await target.query(`SELECT FROM pg_class WHERE relname = 't'`)).toEqual([]);
    const others = `SELECT query FROM pg_stat_activity WHERE datname = '${target.name}' AND pid <> pg_backend_pid()`;
    await expect.poll(() => target.query(others)).toEqual([]);
  });
});
