/** Access objects for tests: to the shared server, as a role that the test made. */
import { openAccess, type DatabaseAccess } from '../../../src/postgres/connection.js';
import { sharedServer, type TestDatabase } from '../../helpers/postgres.js';

/** The environment of children in tests: nothing of the developer's own settings. */
export const bareEnvironment = { PATH: process.env.PATH ?? '', HOME: '/nonexistent' };

export function accessTo(database: TestDatabase | string, user?: string): Promise<DatabaseAccess> {
  const server = sharedServer();
  return openAccess({
    target: {
      host: server.host,
      port: String(server.port),
      user: user ?? server.superuser,
      database: typeof database === 'string' ? database : database.name,
      parameters: {},
    },
    authentication: { kind: 'default' },
    env: bareEnvironment,
  });
}
