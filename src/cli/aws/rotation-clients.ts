/** What `rotate` needs of the SDK, in a file of its own that is loaded late: other commands start without it. */
export { ElastiCacheClient } from '@aws-sdk/client-elasticache';
export { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
export { createSecretStore } from '../../rotation/protocol/secret-store.js';
