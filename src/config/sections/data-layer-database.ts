/** Databases to back up that are in the config's own data layer: where their credentials are. */
import { formatArn, partitionOf } from '../../syntax/arn.js';
import type { DataLayerConfig } from './data-layer-config.js';

/** What an entry with `dataLayer` leaves to the data layer. */
export const DATA_LAYER_EXCLUDES = ['url', 'host', 'port', 'user', 'secretArn', 'iam', 'passfile', 'discover'] as const;

/** Name of the secret with which Holdfast dumps databases of the cluster. */
export function backupSecretName(prefix: string): string {
  return `${prefix}/backup-credentials`;
}

/**
 * ARN of that secret, without the six characters that Secrets Manager appends: they are only known once it exists.
 * The secret holds host, port and user too.
 */
export function backupSecretArn(layer: DataLayerConfig, account: string, region: string): string {
  const resource = `secret:${backupSecretName(layer.prefix)}`;
  return formatArn({ partition: partitionOf(region), service: 'secretsmanager', region, account, resource });
}
