/** The two servers of the demo: the shop's, and the one that it is restored into. */
import { HoldfastError } from '../../../core/errors.js';
import type { Logger } from '../../../core/logger.js';
import type { PostgresPrograms } from '../../../postgres/client-programs.js';
import { openAccess, type DatabaseAccess } from '../../../postgres/connection.js';
import type { ThrowawayServer } from '../../../postgres/throwaway/options.js';
import { startThrowawayServer } from '../../../postgres/throwaway/throwaway-server.js';

export interface DemoServers {
  readonly programs: PostgresPrograms;
  readonly shop: DatabaseAccess;
  readonly copy: DatabaseAccess;
  /** Ends both; never throws. */
  stop(): Promise<void>;
}

export interface DemoServersOptions {
  readonly installed: readonly PostgresPrograms[];
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** @throws HoldfastError PROGRAM_MISSING, THROWAWAY_FAILED; the signal's error. No server is left after any of them. */
export async function startDemoServers(options: DemoServersOptions): Promise<DemoServers> {
  const { installed, env, directory, logger, signal } = options;
  const programs = installed.filter((found) => isComplete(found)).at(-1);
  if (!programs) {
    throw new HoldfastError(
      'PROGRAM_MISSING',
      'The demo needs a PostgreSQL server with its client programs: found none.',
    );
  }
  const start = () => startThrowawayServer({ programs, superuser: 'dba', tmpDirectory: directory, logger, signal });
  const started = await Promise.allSettled([start(), start()]);
  const servers = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const [first, second] = servers;
  if (first && second) {
    return { programs, shop: await accessTo(first, env), copy: await accessTo(second, env), stop };
  }
  await stop();
  throw started.find((outcome) => outcome.status === 'rejected')?.reason;
}

function isComplete(programs: PostgresPrograms): boolean {
  return (['initdb', 'postgres', 'pg_dump', 'pg_dumpall', 'psql'] as const).every((name) => programs.has(name));
}

function accessTo(server: ThrowawayServer, env: NodeJS.ProcessEnv): Promise<DatabaseAccess> {
  const { host, port, user } = server.connection('postgres');
  return openAccess({
    target: { host, port: String(port), user, database: 'shop', parameters: {} },
    authentication: { kind: 'default' },
    env,
  });
}
