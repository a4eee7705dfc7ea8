/** Directories with PostgreSQL's programs of which some misbehave: see test/fixtures. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findPrograms, type PostgresPrograms } from '../../../src/postgres/client-programs.js';
import { serverPrograms } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures');

/**
 * The true programs, but for those that are named.
 *
 * @param fakes such as `{ pg_dump: 'hangs' }` for test/fixtures/pg_dump/hangs/pg_dump
 */
export async function fakePrograms(fakes: Readonly<Record<string, string>>): Promise<PostgresPrograms[]> {
  const { directory: real } = await serverPrograms();
  const root = temporaryDirectory();
  const directory = join(root, 'bin');
  mkdirSync(directory);
  // A throwaway server of root's runs as another user.
  for (const open of [root, directory]) chmodSync(open, 0o755);
  symlinkSync(real, join(directory, 'real'));
  for (const name of readdirSync(real)) {
    const fixture = fakes[name];
    if (fixture) copyFileSync(join(FIXTURES, name, fixture, name), join(directory, name));
    else symlinkSync(join(real, name), join(directory, name));
  }
  return findPrograms({ env: { HOLDFAST_PG_BIN: directory } });
}
