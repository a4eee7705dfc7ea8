/** The adapter of Redis secrets, with what changes their passwords. */
import type { AdapterEnvironment } from '../adapter-environment.js';
import type { SecretAdapter } from '../adapter.js';
import { HoldfastError } from '../../core/errors.js';
import { parseAdministratorSecret } from '../postgres/postgres-secret.js';
import { CURRENT } from '../protocol/version-state.js';
import { aclUser } from './acl-user.js';
import { elastiCacheAuth } from './elasticache-auth.js';
import { elastiCacheUser } from './elasticache-user.js';
import type { PasswordControl } from './password-control.js';
import { createRedisAdapter } from './redis-adapter.js';
import type { RedisSecret } from './redis-secret.js';
import type { RedisSettings } from './redis-settings.js';
import { openRedisSession } from './redis-sign-in.js';

export function redisAdapter(settings: RedisSettings, environment: AdapterEnvironment): SecretAdapter<RedisSecret> {
  const { logger, signal } = environment;
  const control = (secret: RedisSecret) => controlOf(secret, settings, environment);
  return createRedisAdapter({ settings, controlOf: control, logger, signal });
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
          const what = `The administrator's secret ${control.administratorSecretArn} has no current value.`;
          throw new HoldfastError('ROTATION_SECRET_INVALID', what);
        }
        return openRedisSession(secret, parseAdministratorSecret(text), settings);
      }, secret.username);
  }
}
