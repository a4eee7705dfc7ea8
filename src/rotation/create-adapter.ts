/** The adapter that a secret's settings ask for: of any kind. */
import type { AdapterFactory } from './adapter-environment.js';
import { createKeyAdapter } from './create-key-adapter.js';
import { postgresAdapter } from './postgres/create-postgres-adapter.js';
import { redisAdapter } from './redis/create-redis-adapter.js';

/** The values of the adapter are its own business: the state machine only passes them on. */
export const createAdapter: AdapterFactory = (settings, environment) => {
  switch (settings.kind) {
    case 'postgres':
      return postgresAdapter(settings, environment);
    case 'redis':
      return redisAdapter(settings, environment);
    case 'encryption-key':
    case 'api-keys':
      return createKeyAdapter(settings, environment);
  }
};
