/** What a team may give up in the data layer, by name; the audit's control of that name reports it. */
export const OPT_OUTS = {
  'aurora-backup-retention': 'backups are kept for less than 35 days',
  'aurora-deletion-protection': 'the cluster can be deleted',
  'aurora-force-ssl': 'clients may connect without TLS',
  'aurora-iam-auth': 'nobody can sign in with IAM',
  'aurora-multi-az': 'there is no reader in a second zone',
  'aurora-no-literals-in-logs': "the log may show the values of slow queries' parameters",
  'aurora-parameters': 'one of the three parameters of the runbook has another value',
  'aurora-performance-insights': 'no query statistics are kept',
  'aurora-reader-scaling': 'readers do not scale with the load as the runbook requires',
  'aurora-supported-version': 'the major version is out of standard support, or soon will be',
  'dynamodb-deletion-protection': 'tables can be deleted',
  'dynamodb-pitr': 'tables are kept for less than 35 days, or not at all',
  'dynamodb-scaling': 'the capacity of tables does not scale with the load as the runbook requires',
  'redis-failover': 'the cache has no replica in a second zone',
  'redis-snapshots': 'snapshots are kept for less than 7 days',
  's3-replication': 'the data lake has no replica',
  'data-removed-with-stack': 'resources that hold data are deleted with the stack',
  'stack-termination-protection': 'the stack can be deleted',
} as const satisfies Readonly<Record<string, string>>;

export type OptOut = keyof typeof OPT_OUTS;
