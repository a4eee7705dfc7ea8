/** The entry point of the functions that rotate passwords of Redis and Valkey. */
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { wrongKind } from '../../rotation/adapter-environment.js';
import { redisAdapter } from '../../rotation/redis/create-redis-adapter.js';
import { createRotationHandler } from './rotation-handler.js';

export const handler = createRotationHandler({
  createAdapter: (settings, environment) => {
    if (settings.kind !== 'redis') throw wrongKind(settings);
    return redisAdapter(settings, environment);
  },
  elastiCache: () => new ElastiCacheClient({}),
});
