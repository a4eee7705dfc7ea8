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
  const { elastiCache, pollMs, signal, logger } = environment;
  switch (control.kind) {
    case 'auth':
      return elastiCacheAuth(elastiCache(), control.replicationGroupId, { timeout, pollMs, signal });
    case 'user':
      return elastiCacheUser(elastiCache(), control.userId, { timeout, pollMs, signal });
    case 'acl': {
      const { username, administratorSecretArn } = control;
      const readAdministrator = () => administratorOf(administratorSecretArn, environment);
      return aclUser({
        username,
        logger,
        administrator: async () => (await readAdministrator()).username,
        openAdministrator: async () => {
          const administrator = await readAdministrator();
          const host = settings.host ?? administrator.host;
          // Otherwise anyone who may write the one secret could choose where the other one's password is sent.
          if (host === undefined) throw withoutHost(administratorSecretArn);
          // Nor whether it is sent in the clear.
          const tls = settings.tls ?? administrator.tls ?? true;
          return openRedisSession(secret, administrator, { ...settings, host, tls });
        },
      });
    }
  }
}

async function administratorOf(arn: string, { store }: AdapterEnvironment) {
  const text = await store.read(arn, { stage: CURRENT });
  if (text !== undefined) return parseAdministratorSecret(text);
  throw new HoldfastError('ROTATION_SECRET_INVALID', `The administrator's secret ${arn} has no current value.`);
}

function withoutHost(arn: string): HoldfastError {
  return new HoldfastError(
    'ROTATION_REFUSED',
    `Neither the administrator's secret ${arn} nor the rotation's settings say where the administrator may sign in.`,
    { hint: 'Name the host in the settings.' },
  );
}
