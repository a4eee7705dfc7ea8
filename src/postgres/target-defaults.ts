/** Fills in what a target leaves open, in libpq's order: the target, its service, the environment, the defaults. */
import { access } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { HoldfastError } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import { keywordsFromEnvironment } from '../syntax/libpq/connection-keywords.js';
import type { ConnectionTarget } from '../syntax/libpq/connection-target.js';

/** A target with nothing left to guess. */
export type ResolvedTarget = ConnectionTarget & Required<Pick<ConnectionTarget, 'host' | 'port' | 'user' | 'database'>>;

/** Where packaged and plain builds keep the socket; there is no way to ask which one libpq was built with. */
const SOCKET_DIRECTORIES = ['/var/run/postgresql', '/tmp'];

/**
 * Resolves a target, so that this process and every child connect to the same place with the same settings.
 *
 * @throws HoldfastError URL_INVALID for an unknown service
 */
export async function resolveTarget(target: ConnectionTarget, env: NodeJS.ProcessEnv): Promise<ResolvedTarget> {
  const settings = new Map(Object.entries(target.parameters));
  const fill = (more: Map<string, string>) => {
    for (const [key, value] of more) if (!settings.has(key)) settings.set(key, value);
  };
  if (target.host !== undefined) settings.set('host', target.host);
  if (target.port !== undefined) settings.set('port', target.port);
  if (target.user !== undefined) settings.set('user', target.user);
  if (target.database !== undefined) settings.set('dbname', target.database);
  if (target.password !== undefined) settings.set('password', target.password.reveal());

  const fromEnvironment = keywordsFromEnvironment(env);
  // A dump is written in the encoding of its database, whatever the user's terminal prefers.
  fromEnvironment.delete('client_encoding');
  // Our own name is more useful in pg_stat_activity.
  fromEnvironment.delete('application_name');

  const service = settings.get('service') ?? fromEnvironment.get('service');
  if (service) {
    const file = settings.get('servicefile') ?? fromEnvironment.get('servicefile');
    const { readService } = await import('./service-file.js');
    fill(await readService(service, file, env));
  }
  fill(fromEnvironment);
  // Their content is already in the settings; a child that read them again could only disagree.
  settings.delete('service');
  settings.delete('servicefile');

  const port = settings.get('port') || '5432';
  const host = settings.get('host') || settings.get('hostaddr') || (await findSocketDirectory(port));
  const user = settings.get('user') || operatingSystemUser();
  const database = settings.get('dbname') || user;
  const password = settings.get('password');
  for (const key of ['host', 'port', 'user', 'dbname', 'password']) settings.delete(key);
  return {
    host,
    port,
    user,
    database,
    parameters: Object.fromEntries(settings),
    ...(password && { password: new Secret(password) }),
  };
}

async function findSocketDirectory(port: string): Promise<string> {
  for (const directory of SOCKET_DIRECTORIES) {
    try {
      await access(join(directory, `.s.PGSQL.${port}`));
      return directory;
    } catch {
      // No server listens here.
    }
  }
  return SOCKET_DIRECTORIES[0] ?? '/tmp';
}

function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw new HoldfastError(
      'URL_INVALID',
      'Connecting to PostgreSQL: no user is named, and the user of this process has no name.',
      {
        cause: error,
        hint: 'Name one in the URL or in PGUSER.',
      },
    );
  }
}
