/** `dataLayer.redis` */
import * as z from 'zod';
import { filled, text, whole } from '../../fields.js';
import * as defaults from '../data-layer-defaults.js';
import { days } from './days.js';
import { dailyWindowProblem, engineVersionProblem, nodeTypeProblem, weeklyWindowProblem } from './value-problems.js';

const REDIS_ENGINES = ['valkey', 'redis'] as const;

const REDIS_SIGN_INS = ['users', 'auth-token'] as const;

export const redisSchema = z.strictObject({
  engine: z.enum(REDIS_ENGINES).optional().meta({
    description: 'Valkey, or Redis OSS.',
    default: defaults.DEFAULT_REDIS_ENGINE,
  }),
  engineVersion: text(engineVersionProblem).optional().meta({
    description: 'Major and minor version. Default: 8.0 of Valkey, 7.1 of Redis OSS.',
  }),
  signIn: z.enum(REDIS_SIGN_INS).optional().meta({
    description: 'How clients sign in: as a user with a password in a user group, or with the single AUTH token.',
    default: 'users',
  }),
  accessString: filled().optional().meta({
    description: 'What the user may do, as a Redis access string.',
    default: defaults.DEFAULT_ACCESS_STRING,
  }),
  nodeType: text(nodeTypeProblem)
    .optional()
    .meta({ description: 'Type of every node.', default: defaults.DEFAULT_NODE_TYPE }),
  replicas: whole(0, 5).optional().meta({
    description: 'Replicas of the one shard, in other zones.',
    default: defaults.DEFAULT_REPLICAS,
  }),
  snapshotDays: days(0, 35).meta({
    description: 'How long daily snapshots are kept.',
    default: defaults.DEFAULT_SNAPSHOT_DAYS,
  }),
  snapshotWindow: text(dailyWindowProblem).optional().meta({
    description: 'When the snapshot is taken, UTC.',
    default: defaults.DEFAULT_SNAPSHOT_WINDOW,
  }),
  maintenanceWindow: text(weeklyWindowProblem).optional().meta({
    description: 'When AWS may upgrade and restart, UTC.',
    default: defaults.DEFAULT_REDIS_MAINTENANCE_WINDOW,
  }),
});
