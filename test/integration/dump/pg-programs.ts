/** Runs pg_dump, pg_restore and psql against the shared server, as its own user. */
import { runProcess } from '../../../src/core/child-process.js';
import { serverPrograms, sharedServer, type TestDatabase } from '../../helpers/postgres.js';

type Program = 'pg_dump' | 'pg_restore' | 'psql';

/** What the program printed. @param input its standard input @throws HoldfastError PROGRAM_FAILED with its last words */
export async function runPg(program: Program, args: readonly string[], input?: string): Promise<string> {
  const server = sharedServer();
  const programs = await serverPrograms();
  const { stdout } = await runProcess({
    command: programs.program(program),
    args,
    env: { PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.superuser, HOME: server.host, PGTZ: 'UTC' },
    user: server.user,
    cwd: '/',
    input,
  });
  return stdout;
}

/** A plain dump. */
export function dump(database: TestDatabase, ...args: string[]): Promise<string> {
  return runPg('pg_dump', [...args, database.name]);
}

/** Loads a plain dump into an empty database; the first error ends it. */
export async function load(database: TestDatabase, sql: string): Promise<void> {
  await runPg('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', database.name], sql);
}
