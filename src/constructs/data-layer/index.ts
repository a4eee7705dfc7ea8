/** The data layer's constructs, each of which can be used alone, and the stack of all. */
export { TaskRoleAccess, type TaskRoleAccessProps } from './access/task-role-access.js';
export { addDataLayer, type AddDataLayerOptions } from './add-data-layer.js';
export { AuroraPostgres, type AuroraPostgresProps } from './aurora/aurora-postgres.js';
export { ReaderScaling, type ReaderScalingProps } from './aurora/reader-scaling.js';
export { DataLake, type DataLakeProps, type ExistingReplica } from './data-lake/data-lake.js';
export {
  parseDataLayer,
  type DataLayerAuroraProps,
  type DataLayerCapacityProps,
  type DataLayerKeyProps,
  type DataLayerLakeProps,
  type DataLayerNetworkProps,
  type DataLayerProps,
  type DataLayerRedisProps,
  type DataLayerTableProps,
  type DataLayerTablesProps,
} from './data-layer-props.js';
export { DataLayerStack, type DataLayerStackProps } from './data-layer-stack.js';
export {
  DataTable,
  type DataTableProps,
  type TableAttribute,
  type TableIndex,
  type TableKey,
  type TableScaling,
} from './dynamodb/data-table.js';
export { RUNBOOK_TABLES, type TableDefinition } from './dynamodb/runbook-tables.js';
export { DataKey, type DataKeyProps } from './key/data-key.js';
export { KEY_SERVICES, type KeyService } from './key/key-policy.js';
export { dataLayerNames, RUNBOOK_NAMES, type DataLayerNames, type NameParts } from '../../policies/data-layer-names.js';
export { DataNetwork, type DataNetworkProps } from './network/data-network.js';
export { DataSecurityGroups, type DataSecurityGroupsProps } from './network/security-groups.js';
export { recordedOptOuts, type OptOutReasons, type RecordedOptOut } from './opt-outs.js';
export { RedisCache, type RedisCacheProps } from './redis/redis-cache.js';
export { addRotations, type AddRotationsOptions } from './rotations/add-rotations.js';
export { DataLayerRotations, type DataLayerRotationsProps } from './rotations/data-layer-rotations.js';
export { DataSecret, type DataSecretProps } from './secrets/data-secret.js';
export { DataSecrets, type DataSecretNames, type DataSecretsProps, type RedisSignIn } from './secrets/data-secrets.js';
