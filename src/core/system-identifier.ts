/** The number of a PostgreSQL cluster, as `pg_control_system()` tells it and as manifests and acceptances keep it. */
export const SYSTEM_IDENTIFIER = /^[0-9]{1,20}$/;
