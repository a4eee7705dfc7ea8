/** The adapter that a secret's settings ask for, with the clients that it needs. */
import type { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import type { Clock } from '../core/clock.js';
import { HoldfastError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { SecretAdapter } from './adapter.js';
import { createApiKeyAdapter } from './api-keys/api-key-adapter.js';
import type { ApiKeyIssuer } from './api-keys/api-key-issuer.js';
import { manualSupply } from './api-keys/manual-supply.js';
import { createEncryptionKeyAdapter } from './encryption-key/encryption-key-adapter.js';
import { createPostgresAdapter } from './postgres/postgres-adapter.js';
import { parseAdministratorSecret } from './postgres/postgres-secret.js';
import type { SecretStore } from './protocol/secret-store.js';
import { CURRENT } from './protocol/version-state.js';
import { aclUser } from './redis/acl-user.js';
import { elastiCacheAuth } from './redis/elasticache-auth.js';
import { elastiCacheUser } from './redis/elasticache-user.js';
import type { PasswordControl } from './redis/password-control.js';
import { createRedisAdapter } from './redis/redis-adapter.js';
import type { RedisSecret } from './redis/redis-secret.js';
import type { RedisSettings } from './redis/redis-settings.js';
import { openRedisSession } from './redis/redis-sign-in.js';
import type { RotationSettings } from './settings.js';

export interface AdapterEnvironment {
  readonly secretId: string;
  readonly store: SecretStore;
  /** Made when it is needed, so that others do without its configuration. */
  readonly elastiCache: () => ElastiCacheClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two questions to ElastiCache. @default 5000 */
  readonly pollMs?: number | undefined;
  /** Who makes API keys. @default a person: `manualSupply` */
  readonly apiKeys?: ApiKeyIssuer | undefined;
}

/** The values of the adapter are its own business: the state machine only passes them on. */
export function createAdapter(settings: RotationSettings, environment: AdapterEnvironment): SecretAdapter {
  const { store, logger, signal } = environment;
  switch (settings.kind) {
    case 'postgres': {
      const readSecret = (secretId: string) => store.read(secretId, { stage: CURRENT });
      return createPostgresAdapter({ settings, readSecret, logger, signal });
    }
    case 'redis':
      return createRedisAdapter({
        settings,
        controlOf: (secret) => controlOf(secret, settings, environment),
        logger,
        signal,
      });
    case 'encryption-key':
      return createEncryptionKeyAdapter(environment);
    case 'api-keys':
      return createApiKeyAdapter(environment.apiKeys ?? manualSupply(store, environment.secretId));
  }
}

function controlOf(secret: RedisSecret, settings: RedisSettings, environment: AdapterEnvironment): PasswordControl {
  const { control, timeout } = settings;
  const { elastiCache, pollMs, signal, store } = environment;
  switch (control.kind) {
    case 'auth':
      return elastiCacheAuth(elastiCache(), control.replicationGroupId, { timeout, pollMs, signal });
    case 'user':
      return elastiCacheUser(elastiCache(), control.userId, { timeout, pollMs, signal });
    case 'acl':
      return aclUser(async () => {
        const text = await store.read(control.administratorSecretArn, { stage: CURRENT });
        if (text === undefined) {
          const what = `The administrator’s secret ${control.administratorSecretArn} has no current value.`;
          throw new HoldfastError('ROTATION_SECRET_INVALID', what);
        }
        return openRedisSession(secret, parseAdministratorSecret(text), settings);
      }, secret.username);
  }
}
