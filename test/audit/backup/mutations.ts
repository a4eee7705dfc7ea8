import { breaks, type Mutation } from '../mutation/mutation.js';

const PROJECT = 'rds-pgdump-backup-prod/BackupsJobledgerProject';
const LOG = 'rds-pgdump-backup-prod/BackupsJobledgerLog';
const SCHEDULE = 'rds-pgdump-backup-prod/BackupsJobledgerSchedule';

const project = (setting: string, control: string, at: string, to?: unknown) =>
  breaks(setting, [control], { in: PROJECT, at: `Properties/${at}`, to });

/** CodeBuild's projects, and the backups that they take. */
export const BACKUP_MUTATIONS: readonly Mutation[] = [
  project('a password in the environment', 'codebuild-no-plaintext-credentials', 'Environment/EnvironmentVariables/-', {
    Name: 'PGPASSWORD',
    Value: 'secret',
  }),
  project('a URL with a password', 'codebuild-no-plaintext-credentials', 'Environment/EnvironmentVariables/-', {
    Name: 'DATABASE',
    Value: 'postgres://app:secret@db/app',
  }),
  project('public builds', 'codebuild-not-public', 'Visibility', 'PUBLIC_READ'),
  project(
    'a source with a token in its address',
    'codebuild-source-trusted',
    'Source/Location',
    'https://t@example.com/app',
  ),
  project('no logs', 'codebuild-logs', 'LogsConfig/CloudWatchLogs/Status', 'DISABLED'),
  project("a log group of CodeBuild's own", 'codebuild-logs', 'LogsConfig/CloudWatchLogs/GroupName'),
  breaks('logs without a key', ['codebuild-logs', 'logs-cmk'], { in: LOG, at: 'Properties/KmsKeyId' }),
  breaks('logs for ever', ['codebuild-logs', 'logs-retention'], { in: LOG, at: 'Properties/RetentionInDays' }),
  project('no key', 'codebuild-cmk', 'EncryptionKey'),
  project('privileged', 'codebuild-not-privileged', 'Environment/PrivilegedMode', true),
  breaks('a schedule is disabled', ['backup-every-database-scheduled'], {
    in: SCHEDULE,
    at: 'Properties/State',
    to: 'DISABLED',
  }),
  breaks('a schedule is missing', ['backup-every-database-scheduled'], { in: SCHEDULE, at: '' }),
  project('another project than declared', 'backup-every-database-scheduled', 'Name', 'other'),
  project('two databases share a role', 'backup-role-per-database', 'ServiceRole', {
    'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:role/rds-pgdump-codebuild-role-prod-reporting',
  }),
];
