/** Runs once a day: tells by a metric which secrets are not rotated as often as they should be. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { systemClock } from '../../core/clock.js';
import { HoldfastError } from '../../core/errors.js';
import { judgeRotationAge } from '../../rotation/overdue.js';
import { createSecretStore } from '../../rotation/protocol/secret-store.js';
import { METRICS_NAMESPACE } from './rotation-metrics.js';

/** The variable with what is watched: JSON. */
const WATCHED_VARIABLE = 'HOLDFAST_ROTATION_WATCH';

const watchedSchema = z
  .array(
    z.strictObject({
      secretArn: z.string().min(1),
      maxAgeDays: z.int().min(1).max(1000),
      /** Supplied by people: no schedule is expected. */
      manual: z.boolean().default(false),
    }),
  )
  .min(1);

const logger = new Logger({ serviceName: 'holdfast-rotation-watch' });
const client = new SecretsManagerClient({});

/** A secret that cannot be read counts as overdue: what cannot be judged must not pass for good. */
export async function handler(): Promise<void> {
  const watched = watchedSchema.parse(JSON.parse(process.env[WATCHED_VARIABLE] ?? ''));
  const store = createSecretStore(client);
  // One function for each stack, whose name tells their metrics apart.
  const serviceName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'holdfast-rotation-watch';
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName });
  let overdue = 0;
  for (const { secretArn, maxAgeDays, manual } of watched) {
    try {
      const secret = await store.describe(secretArn);
      const valueCreatedAt = manual ? await store.valueCreatedAt(secretArn) : undefined;
      const age = judgeRotationAge(secret, { maxAgeDays, manual, valueCreatedAt }, systemClock.now());
      for (const problem of age.problems) logger.error(`${age.secret}: ${problem}.`, { secret: secretArn });
      if (age.problems.length > 0) overdue += 1;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      logger.error(error.message, { secret: secretArn, code: error.code, hint: error.hint });
      overdue += 1;
    }
  }
  metrics.addMetric('RotationOverdue', MetricUnit.Count, overdue);
  metrics.publishStoredMetrics();
}
