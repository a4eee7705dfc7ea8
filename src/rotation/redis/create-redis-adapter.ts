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
import { openRedisSession, redisPlace } from './redis-sign-in.js';

export function redisAdapter(settings: RedisSettings, environment: AdapterEnvironment): SecretAdapter<RedisSecret> {
  const { logger, signal } = environment;
  const { control } = settings;
  const place = async () =>
    redisPlace(
      settings,
      control.kind === 'acl' ? await administratorOf(control.administratorSecretArn, environment) : undefined,
    );
  return createRedisAdapter({ settings, control: controlOf(settings, environment), place, logger, signal });
}

function controlOf(settings: RedisSettings, environment: AdapterEnvironment): PasswordControl {
  const { control, timeout } = settings;
  const { elastiCache, pollMs, signal, logger, secretId } = environment;
  switch (control.kind) {
    case 'auth':
      return elastiCacheAuth(elastiCache(), control.replicationGroupId, secretId, { timeout, pollMs, signal });
    case 'user':
      return elastiCacheUser(elastiCache(), control.userId, secretId, { timeout, pollMs, signal });
    case 'acl': {
      const { username, administratorSecretArn } = control;
      const readAdministrator = () => administratorOf(administratorSecretArn, environment);
      return aclUser({
        username,
        secretId,
        logger,
        administrator: async () => (await readAdministrator()).username,
        openAdministrator: async () => {
          const administrator = await readAdministrator();
          return openRedisSession(redisPlace(settings, administrator), administrator, settings);
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
