/** Backups, drills and restores that are interrupted at very many moments: each ends whole or without a trace. */
import { chmodSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { checkBackup } from '../../../src/backup/check/check-backup.js';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { createBackup } from '../../../src/backup/create/create-backup.js';
import { HoldfastError } from '../../../src/core/errors.js';
import { describeContents } from '../../../src/postgres/contents.js';
import type { DatabaseAccess } from '../../../src/postgres/connection.js';
import { listBackups, type CompleteBackup } from '../../../src/vault/catalog.js';
import { livingChildren } from '../../helpers/children.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import {
  accessTo,
  filesIn,
  requestFor,
  makeContext,
  restore,
  takeBackup,
  verify,
} from '../../integration/backup/harness.js';

const SHOP = readFileSync(join(import.meta.dirname, '../../fixtures/sql/shop.sql'), 'utf8');

let source: TestDatabase;
let access: DatabaseAccess;
let context: BackupContext;
let backup: CompleteBackup;

beforeAll(async () => {
  source = await createDatabase(sharedServer(), SHOP);
  await source.query(`INSERT INTO shop.log SELECT now(), md5(n::text) FROM generate_series(1, 50000) n`);
  access = await accessTo(source.name);
  context = await makeContext();
  ({ backup } = await takeBackup(access, context));
});

afterAll(() => source?.end());

/** Runs `work` once to the end, and then interrupts it at moments spread over the time that it took. */
async function interrupt(
  count: number,
  work: (signal: AbortSignal) => Promise<unknown>,
  judge: (outcome: 'interrupted' | 'done', moment: number) => Promise<void>,
): Promise<void> {
  const children = await livingChildren();
  const started = performance.now();
  await work(new AbortController().signal);
  const duration = performance.now() - started;
  await judge('done', Number.NaN);
  const seen = new Set<string>();
  for (let n = 0; n < count; n++) {
    const moment = (duration * ((n * 7919) % 10_007)) / 10_007;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), moment);
    const outcome = await work(abort.signal).then(
      () => 'done' as const,
      (error: unknown) => {
        expect(error, `after ${moment} ms`).toBeInstanceOf(HoldfastError);
        expect((error as HoldfastError).code, `after ${moment} ms`).toBe('INTERRUPTED');
        return 'interrupted' as const;
      },
    );
    clearTimeout(timer);
    seen.add(outcome);
    await judge(outcome, moment);
    expect(await livingChildren(), `after ${moment} ms`).toEqual(children);
  }
  expect(seen).toContain('interrupted');
}

describe('an interrupt at any moment', () => {
  test('of a backup leaves a whole one, or no file', async () => {
    let last: BackupContext;
    await interrupt(
      150,
      async (signal) => {
        last = await makeContext({ signal });
        await createBackup(requestFor(access), last);
      },
      async (outcome, moment) => {
        if (outcome === 'interrupted') return expect(filesIn(last), `after ${moment} ms`).toEqual([]);
        const [found] = await listBackups(last.store);
        const checked = await checkBackup(found as CompleteBackup, { ...last, signal: undefined });
        expect(checked).toMatchObject({ verdict: 'intact', problems: [] });
      },
    );
  });

  test('of a drill leaves no proof, no server and no directory, and a verdict that was reached is told', async () => {
    // Servers lie in the temporary directory: one of our own shows what is left.
    const directory = temporaryDirectory();
    chmodSync(directory, 0o755);
    vi.stubEnv('TMPDIR', directory);
    const proofs = () => filesIn(context).filter((name) => name.includes('.proof-')).length;
    let known = proofs();
    await interrupt(
      60,
      async (signal) => {
        const { verdict, proofKey, notStored } = await verify(backup, { ...context, signal });
        expect(verdict).toBe('proven');
        // An interruption between verdict and proof loses the proof, and says so.
        if (proofKey === undefined) expect(notStored?.message).toContain('could not be stored');
        else known++;
      },
      async (_outcome, moment) => {
        expect(proofs(), `after ${moment} ms`).toBe(known);
        expect(await readdir(directory), `after ${moment} ms`).toEqual([]);
      },
    );
  });

  test('of a restore leaves all of it, or an empty target', async () => {
    let target: TestDatabase;
    await interrupt(
      100,
      async (signal) => {
        target = await createDatabase();
        await restore(backup, await accessTo(target.name), { ...context, signal });
      },
      async (outcome, moment) => {
        const contents = await describeContents(await target.client());
        // The commit may have been on its way already: then all of it is there.
        if (outcome === 'done' || contents.length > 0) {
          const [rows] = await target.query('SELECT count(*)::integer AS n FROM shop.log');
          expect(rows, `after ${moment} ms`).toEqual({ n: 50_100 });
        }
        await target.end();
      },
    );
  });
});
