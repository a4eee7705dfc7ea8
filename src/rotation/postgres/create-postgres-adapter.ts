/** The adapter of PostgreSQL users' secrets, which finds the administrator's secret by itself. */
import type { AdapterEnvironment } from '../adapter-environment.js';
import type { SecretAdapter } from '../adapter.js';
import { CURRENT } from '../protocol/version-state.js';
import { createPostgresAdapter } from './postgres-adapter.js';
import type { PostgresSecret } from './postgres-secret.js';
import type { PostgresSettings } from './postgres-settings.js';

export function postgresAdapter(
  settings: PostgresSettings,
  { secretId, store, logger, signal }: AdapterEnvironment,
): SecretAdapter<PostgresSecret> {
  const readSecret = (secretId: string) => store.read(secretId, { stage: CURRENT });
  return createPostgresAdapter({ secretId, settings, readSecret, logger, signal });
}
