/** A rotation function: one step a call, with its log, its metrics and its trace. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import type { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { systemClock } from '../../core/clock.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { ApiKeyIssuer } from '../../rotation/api-keys/api-key-issuer.js';
import type { AdapterFactory } from '../../rotation/adapter-environment.js';
import { createSecretStore } from '../../rotation/protocol/secret-store.js';
import { takeStep } from '../../rotation/protocol/state-machine.js';
import { FAILED, versionState, versionWith } from '../../rotation/protocol/version-state.js';
import { parseRotationSettings, type RotationSettings } from '../../rotation/settings.js';
import { bareNameOfSecret } from '../../syntax/secret-arn.js';
import { METRICS_NAMESPACE } from './rotation-metrics.js';
import { rotationEventSchema, type RotationEvent } from './rotation-event.js';

/** The variable with the settings: JSON, without a secret in it. */
export const SETTINGS_VARIABLE = 'HOLDFAST_ROTATION';

export interface RotationHandlerOptions {
  /** Of the kinds of secrets that the function is for. */
  readonly createAdapter: AdapterFactory;
  /** For those that need it. */
  readonly elastiCache?: () => ElastiCacheClient;
  /** Who makes API keys. @default a person */
  readonly apiKeys?: ApiKeyIssuer;
}

/**
 * The handler of a function. A step that fails is logged with its code and hint, counted as `RotationFailed`, and
 * thrown without its cause: Secrets Manager calls it again, and the current version stays.
 */
export function createRotationHandler(options: RotationHandlerOptions): (event: unknown) => Promise<void> {
  const logger = new Logger({ serviceName: 'holdfast-rotation' });
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: 'holdfast-rotation' });
  const tracer = new Tracer({ serviceName: 'holdfast-rotation' });
  const secretsManager = tracer.captureAWSv3Client(new SecretsManagerClient({}));
  let elastiCache: ElastiCacheClient | undefined;

  const step = async (event: RotationEvent, settings: RotationSettings) => {
    const { SecretId: secretId, ClientRequestToken: token, Step } = event;
    const store = createSecretStore(secretsManager);
    const adapter = options.createAdapter(settings, {
      secretId,
      store,
      elastiCache: () => {
        if (!options.elastiCache) throw new Error('The function has no client for ElastiCache.');
        return (elastiCache ??= tracer.captureAWSv3Client(options.elastiCache()));
      },
      clock: systemClock,
      logger,
      apiKeys: options.apiKeys,
    });
    return takeStep({ secretId, token, step: Step }, adapter, { store, logger, reserved: true });
  };

  /** Tells those who follow the rotation by its labels. Where that fails too, they wait until their time is up. */
  const markFailed = async ({ SecretId, ClientRequestToken: to }: RotationEvent) => {
    const store = createSecretStore(secretsManager);
    try {
      const { arn, stages } = await store.describe(SecretId);
      const from = versionWith(stages, FAILED);
      if (from !== to && versionState(stages, to) === 'pending') await store.moveStage(arn, FAILED, { from, to });
    } catch (error) {
      logger.warn('The failure could not be marked on the secret.', { reason: messageOf(error) });
    }
  };

  return async (received) => {
    const parsed = rotationEventSchema.safeParse(received);
    if (!parsed.success) {
      throw new HoldfastError(
        'ROTATION_REFUSED',
        'The event is not a rotation event, which has SecretId, ClientRequestToken and Step.',
      );
    }
    const event = parsed.data;
    logger.resetKeys();
    logger.appendKeys({ secret: event.SecretId, version: event.ClientRequestToken, step: event.Step });
    metrics.addDimension('Secret', bareNameOfSecret(event.SecretId));
    try {
      const settings = parseRotationSettings(process.env[SETTINGS_VARIABLE] ?? '', SETTINGS_VARIABLE);
      const outcome = await traced(tracer, event.Step, () => step(event, settings));
      logger.info('The step has ended.', { outcome });
      metrics.addMetric('RotationFailed', MetricUnit.Count, 0);
      const finished = event.Step === 'finishSecret' && outcome === 'done';
      if (finished) metrics.addMetric('RotationSucceeded', MetricUnit.Count, 1);
    } catch (error) {
      metrics.addMetric('RotationFailed', MetricUnit.Count, 1);
      await markFailed(event);
      throw reported(error, logger);
    } finally {
      metrics.publishStoredMetrics();
    }
  };
}

/** Without its cause: drivers and the SDK may put what they were given into theirs. */
function reported(error: unknown, logger: Logger): Error {
  const known = error instanceof HoldfastError ? error : new HoldfastError('INTERNAL', messageOf(error));
  logger.error(known.message, { code: known.code, hint: known.hint, retryable: known.retryable });
  const thrown = new Error(`${known.code}: ${known.message}`);
  thrown.name = known.code;
  thrown.stack = undefined;
  return thrown;
}

async function traced<T>(tracer: Tracer, name: string, work: () => Promise<T>): Promise<T> {
  const parent = tracer.isTracingEnabled() ? tracer.getSegment() : undefined;
  const segment = parent?.addNewSubsegment(name);
  if (segment) tracer.setSegment(segment);
  try {
    return await work();
  } finally {
    segment?.close();
    if (parent) tracer.setSegment(parent);
  }
}
