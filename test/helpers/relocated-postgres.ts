import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProcess } from '../../src/core/child-process.js';
import { findPrograms, type PostgresPrograms } from '../../src/postgres/client-programs.js';
import { serverPrograms } from './postgres.js';
import { temporaryDirectory } from './temporary-directory.js';

/** An installation of PostgreSQL of which a test may change what it likes. */
export interface RelocatedPostgres {
  readonly installed: PostgresPrograms[];
  /** The directory of control files and scripts. */
  readonly extensions: string;
  readonly share: string;
}

/** Its programs find their files beside them. */
export async function relocatePostgres(): Promise<RelocatedPostgres> {
  const { directory } = await serverPrograms();
  const config = async (option: string) =>
    (await runProcess({ command: join(directory, 'pg_config'), args: [option], env: {} })).stdout.trim();
  const root = temporaryDirectory();
  const inside = (path: string) => join(root, path);
  for (const option of ['--bindir', '--pkglibdir', '--sharedir']) {
    const from = await config(option);
    mkdirSync(dirname(inside(from)), { recursive: true });
    cpSync(from, inside(from), { recursive: true });
  }
  // Another user runs the server.
  await runProcess({ command: 'chmod', args: ['-R', 'a+rX', root], env: {} });
  const bin = inside(await config('--bindir'));
  const share = inside(await config('--sharedir'));
  return {
    installed: await findPrograms({ env: { HOLDFAST_PG_BIN: bin } }),
    extensions: join(share, 'extension'),
    share,
  };
}

/** Adds the small extensions of `test/fixtures/postgres/extension`. */
export function addExtensions({ extensions }: RelocatedPostgres): void {
  cpSync(join(import.meta.dirname, '../fixtures/postgres/extension'), extensions, { recursive: true });
}
