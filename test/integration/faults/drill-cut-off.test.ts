/** A drill whose tools give out says nothing about the backup: it fails, and writes no proof. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { fakePrograms } from '../backup/fake-programs.js';
import { accessTo, filesIn, makeContext, takeBackup, verify } from '../backup/harness.js';

const SHOP = readFileSync(join(import.meta.dirname, '../../fixtures/sql/shop.sql'), 'utf8');

let source: TestDatabase;
let context: BackupContext;
let backup: CompleteBackup;

beforeAll(async () => {
  source = await createDatabase(sharedServer(), SHOP);
  context = await makeContext();
  ({ backup } = await takeBackup(await accessTo(source.name), context));
});

afterAll(() => source?.end());

test.each(['dies-midway', 'ends-well-without-reading'])(
  'a psql that %s is a failure of the drill, and no proof against the backup is written',
  async (psql) => {
    const installed = await fakePrograms({ psql });
    const drill = serverDrill(await accessTo('postgres'));
    await expect(verify(backup, { ...context, installed }, drill)).rejects.toMatchObject({
      code: 'RESTORE_CUT_OFF',
      retryable: true,
      exitCode: 1,
    });
    expect(filesIn(context).filter((name) => name.includes('.proof-'))).toEqual([]);
  },
);
