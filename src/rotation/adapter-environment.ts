/** What adapters are given to work with. */
import type { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import type { Clock } from '../core/clock.js';
import { HoldfastError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { ApiKeyIssuer } from './api-keys/api-key-issuer.js';
import type { SecretAdapter } from './adapter.js';
import type { SecretStore } from './protocol/secret-store.js';
import type { RotationSettings } from './settings.js';

export interface AdapterEnvironment {
  readonly secretId: string;
  readonly store: SecretStore;
  /** Created when needed, so that others need no configuration for it. */
  readonly elastiCache: () => ElastiCacheClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two questions to ElastiCache. @default 5000 */
  readonly pollMs?: number | undefined;
  /** Who makes API keys. @default a person: `manualSupply` */
  readonly apiKeys?: ApiKeyIssuer | undefined;
}

/**
 * Makes the adapter for a secret's settings. Functions have one that knows their own kind alone, and are smaller for
 * it.
 */
export type AdapterFactory = (settings: RotationSettings, environment: AdapterEnvironment) => SecretAdapter;

/** A function that was given the settings of another kind of secret. */
export function wrongKind(settings: RotationSettings): HoldfastError {
  return new HoldfastError('CONFIG_INVALID', `This function does not rotate secrets of the kind "${settings.kind}".`);
}
