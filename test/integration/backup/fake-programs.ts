/** Directories with PostgreSQL's programs of which some misbehave: see test/fixtures. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { readdirSync } from 'node:fs';
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
  const directory = join(temporaryDirectory(), 'bin');
  mkdirSync(directory);
  symlinkSync(real, join(directory, 'real'));
  for (const name of readdirSync(real)) {
    const fixture = fakes[name];
    symlinkSync(fixture ? join(FIXTURES, name, fixture, name) : join(real, name), join(directory, name));
  }
  return findPrograms({ env: { HOLDFAST_PG_BIN: directory } });
}
