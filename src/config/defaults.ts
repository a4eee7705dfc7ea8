/** The values of options that neither the entry, nor `defaults`, nor the environment sets. */

/** Sundays at 03:00 UTC: the weekly default of the layer-2 Terraform module. */
export const DEFAULT_SCHEDULE = 'cron(0 3 ? * SUN *)';
export const DEFAULT_TIME_ZONE = 'UTC';
/** Databases that are dumped at once. */
export const DEFAULT_CONCURRENCY = 2;
export const DEFAULT_COMPRESSION = 'gzip';
/** Long enough for ordinary DDL to finish, short enough not to queue an application's writers behind the dump. */
export const DEFAULT_LOCK_WAIT_TIMEOUT = '60s';
/** The database to connect to for listing the others of a server: it exists on all but unusual servers. */
export const DEFAULT_DISCOVERY_DATABASE = 'postgres';

/** The most sessions that read one database at the same time. */
export const MOST_JOBS = 16;
/** What may be given as jobs. */
export const JOBS_RULE = `Give auto, or a whole number from 1 to ${MOST_JOBS}.`;
