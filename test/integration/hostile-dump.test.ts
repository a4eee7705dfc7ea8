/** A dump that was written to do harm: what it can reach is refused, or contained in the drill's own server. */
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBackup } from '../../src/backup/check/check-backup.js';
import type { BackupContext } from '../../src/backup/context.js';
import type { CompleteBackup } from '../../src/vault/catalog.js';
import { createDatabase, sharedServer, type TestDatabase } from '../helpers/postgres.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';
import { accessTo, makeContext, takeBackup, verify } from './backup/harness.js';
import { TamperedVault } from './backup/tampered-vault.js';

const SHOP = readFileSync(join(import.meta.dirname, '../fixtures/sql/shop.sql'), 'utf8');
const INDEX = 'CREATE INDEX orders_placed';

let context: BackupContext;
let source: TestDatabase;
let backup: CompleteBackup;
/** Anybody may write here: nothing but the refusal or the drill's server may keep a file from appearing. */
let open: string;

beforeAll(async () => {
  open = join(temporaryDirectory(), 'open');
  mkdirSync(open);
  for (const directory of [join(open, '..'), open]) chmodSync(directory, 0o777);
  context = await makeContext();
  source = await createDatabase(sharedServer(), SHOP);
  ({ backup } = await takeBackup(await accessTo(source.name), context));
});

afterAll(() => source?.end());

describe('a dump that was changed to hold', () => {
  test.each<readonly [string, (marker: string) => string]>([
    ['a shell command', (marker) => `\\! touch ${marker}`],
    ['a copy from a program', (marker) => `COPY shop.log (line) FROM PROGRAM 'touch ${marker}';`],
    ['a copy to a program', (marker) => `COPY shop.log TO PROGRAM 'cat > ${marker}';`],
    ['a copy from a file of the server', () => `COPY shop.log (line) FROM '/etc/passwd';`],
    ['a copy to a file of the server', (marker) => `COPY shop.log TO '${marker}';`],
    ['an export of a large object', (marker) => `SELECT pg_catalog.lo_export(1, '${marker}');`],
    ['an import of a file as a large object', () => `SELECT pg_catalog.lo_import('/etc/passwd');`],
  ])('%s is refused by check and verify before any of it runs', async (_what, statement) => {
    const marker = join(open, 'changed');
    const vault = new TamperedVault(context, backup);
    vault.forge('dump', vault.text('dump').replace(INDEX, `${statement(marker)}\n${INDEX}`));
    expect((await checkBackup(backup, vault.context(context))).verdict).toBe('damaged');
    const result = await verify(backup, vault.context(context));
    expect(result.verdict).not.toBe('proven');
    expect(existsSync(marker)).toBe(false);
  });
});

describe('a source whose own functions do harm when they are restored', () => {
  /** An event trigger, which pg_dump writes and which fires on the statements of the restore that follow it. */
  const hostile = (marker: string) => `
    CREATE SCHEMA evil;
    CREATE FUNCTION evil.strike() RETURNS event_trigger LANGUAGE plpgsql AS $f$
    BEGIN
      EXECUTE $c$COPY (SELECT current_user) TO PROGRAM 'id -un > ${marker}; env > ${marker}.env'$c$;
    EXCEPTION WHEN OTHERS THEN NULL;
    END $f$;
    CREATE EVENT TRIGGER a_strike ON ddl_command_end EXECUTE FUNCTION evil.strike();
    ALTER EVENT TRIGGER a_strike DISABLE;
    CREATE TABLE evil.rows (a integer);
    COMMENT ON EVENT TRIGGER a_strike IS 'fires while the rest is restored';
    ALTER EVENT TRIGGER a_strike ENABLE ALWAYS;`;

  test('reaches no more than a user without credentials, and nothing of it stays', async () => {
    const marker = join(open, 'fired');
    const evil = await createDatabase();
    try {
      await evil.query(hostile(marker));
      const { backup: taken } = await takeBackup(await accessTo(evil.name), context, { name: 'evil' });
      const secret = 'never-for-a-dump';
      const result = await verify(taken, { ...context, env: { ...context.env, AWS_SECRET_ACCESS_KEY: secret } });
      expect(['proven', 'differs']).toContain(result.verdict);
      // Where it ran at all, it ran as the drill's own user, with an environment of two words.
      const seen = existsSync(`${marker}.env`) ? readFileSync(`${marker}.env`, 'utf8') : '';
      expect(seen).not.toContain(secret);
      expect(seen).not.toContain('AWS_');
      if (process.getuid?.() === 0 && existsSync(marker)) {
        expect(readFileSync(marker, 'utf8').trim()).toBe('nobody');
      }
    } finally {
      await evil.end();
    }
  });
});
