/** The data layer's defaults: the runbook's values, and ours where it gives none. */

export const DEFAULT_PREFIX = 'fintech';
export const DEFAULT_DISPLAY_PREFIX = 'FinTech';
export const DEFAULT_STAGE = 'prod';
/** Value of the tag `Environment`. */
export const DEFAULT_ENVIRONMENT_TAG = 'Production';
/** Value of the tag `Project`. */
export const DEFAULT_PROJECT_TAG = 'FinTechGlobal';
export const DEFAULT_DATA_LOG_DAYS = 400;
export const DEFAULT_KEY_ROTATION_DAYS = 365;

export const DEFAULT_ENGINE_VERSION = '17.9';
/** The oldest major whose standard support lasts beyond February 2027. */
export const OLDEST_MAJOR = 15;
export const DEFAULT_INSTANCE_CLASS = 'db.r6g.large';
export const DEFAULT_READERS = 1;
export const DEFAULT_MIN_READERS = 1;
export const DEFAULT_MAX_READERS = 5;
/** Percent. */
export const DEFAULT_TARGET_CPU = 60;
export const DEFAULT_BACKUP_RETENTION_DAYS = 35;
export const DEFAULT_BACKUP_WINDOW = '03:00-04:00';
export const DEFAULT_MAINTENANCE_WINDOW = 'sun:05:00-sun:06:00';
export const MASTER_ROTATION_DAYS = 30;
/** The runbook's value, and the maximum. */
export const DEFAULT_ROTATION_DAYS = 30;

/** Capacity units. */
export const DEFAULT_MIN_CAPACITY = 10;
export const DEFAULT_MAX_CAPACITY = 1000;
/** Percent. */
export const DEFAULT_TARGET_UTILIZATION = 70;
export const DEFAULT_RECOVERY_DAYS = 35;

export const DEFAULT_LAKE_ARCHIVE_DAYS = 90;
export const DEFAULT_LAKE_NONCURRENT_DAYS = 90;
export const DEFAULT_ACCESS_LOG_DAYS = 400;

export const DEFAULT_REDIS_ENGINE = 'valkey';
/** Pinned: a cache that is created without a version gets whatever is newest that day. */
export const DEFAULT_REDIS_VERSIONS = { valkey: '8.0', redis: '7.1' } as const;
export const DEFAULT_NODE_TYPE = 'cache.t4g.medium';
export const DEFAULT_REPLICAS = 1;
export const DEFAULT_SNAPSHOT_DAYS = 7;
export const DEFAULT_SNAPSHOT_WINDOW = '04:00-05:00';
export const DEFAULT_REDIS_MAINTENANCE_WINDOW = 'sun:06:00-sun:07:00';
/** All keys and channels, and no command that administers the server or empties it. */
export const DEFAULT_ACCESS_STRING = 'on ~* &* +@all -@admin -@dangerous +info';
