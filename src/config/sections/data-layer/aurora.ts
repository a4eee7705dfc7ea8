/** `dataLayer.aurora` */
import * as z from 'zod';
import { filled, text, whole } from '../../fields.js';
import * as defaults from '../data-layer-defaults.js';
import { days } from './days.js';
import {
  dailyWindowProblem,
  databaseNameProblem,
  engineVersionProblem,
  instanceClassProblem,
  weeklyWindowProblem,
} from './value-problems.js';

const INSIGHTS = ['standard', 'advanced', 'off'] as const;

const readerScalingSchema = z.strictObject({
  enabled: z
    .boolean()
    .optional()
    .meta({ description: 'Whether the number of readers scales with the load.', default: true }),
  min: whole(1, 15)
    .optional()
    .meta({ description: 'The minimum number of readers.', default: defaults.DEFAULT_MIN_READERS }),
  max: whole(1, 15)
    .optional()
    .meta({ description: 'The maximum number of readers.', default: defaults.DEFAULT_MAX_READERS }),
  targetCpu: whole(10, 90).optional().meta({
    description: 'Target CPU utilization in percent, averaged over the readers.',
    default: defaults.DEFAULT_TARGET_CPU,
  }),
});

export const auroraSchema = z.strictObject({
  engineVersion: text(engineVersionProblem).optional().meta({
    description: 'Major and minor version. AWS then upgrades minor versions.',
    default: defaults.DEFAULT_ENGINE_VERSION,
  }),
  instanceClass: text(instanceClassProblem).optional().meta({
    description: 'Instance class of the writer and the readers.',
    default: defaults.DEFAULT_INSTANCE_CLASS,
  }),
  readers: whole(0, 15).optional().meta({
    description: 'How many readers are created; scaling adds to them.',
    default: defaults.DEFAULT_READERS,
  }),
  readerScaling: readerScalingSchema.optional().meta({ description: 'How readers scale with the load.' }),
  databaseName: text(databaseNameProblem).optional().meta({
    description: 'A database that is created with the cluster. Default: none besides `postgres`.',
  }),
  parameters: z
    .record(z.string(), z.string())
    .optional()
    .meta({
      description: 'Cluster parameters that add to ours or replace them; times in milliseconds.',
      default: {},
      examples: [{ work_mem: '65536' }],
    }),
  parameterGroupName: filled().optional().meta({
    description:
      'Name of the parameter group: another major version needs another name. Default: `<prefix>-aurora-params`.',
  }),
  backupRetentionDays: days(1, 35).meta({
    description: 'How long Aurora keeps its backups.',
    default: defaults.DEFAULT_BACKUP_RETENTION_DAYS,
  }),
  backupWindow: text(dailyWindowProblem).optional().meta({
    description: 'When Aurora takes its backup, UTC.',
    default: defaults.DEFAULT_BACKUP_WINDOW,
  }),
  maintenanceWindow: text(weeklyWindowProblem).optional().meta({
    description: 'When AWS may upgrade and restart, UTC.',
    default: defaults.DEFAULT_MAINTENANCE_WINDOW,
  }),
  deletionProtection: z.boolean().optional().meta({ description: 'Whether AWS refuses to delete it.', default: true }),
  iamAuthentication: z.boolean().optional().meta({
    description: 'Whether users of the database may sign in with IAM.',
    default: true,
  }),
  databaseInsights: z.enum(INSIGHTS).optional().meta({
    description: '`standard` keeps query statistics for 7 days, `advanced` for 15 months, at extra cost.',
    default: 'standard',
  }),
});
