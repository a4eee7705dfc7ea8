/** Secrets as templates declare them. */
import { factOfElsewhere, type ReadingsOf } from '../model/facts.js';
import { known, mapReading, type Reading, unknown } from '../model/reading.js';
import { ONLY_LIVE } from '../template/only-live.js';
import { isRecord, type ResourceReader } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { rotationDays, type SecretFact } from './facts.js';

/** Secrets, and policies of secrets that are elsewhere. */
export function secretsOf(resources: TemplateResources): SecretFact[] {
  const elsewhere = resources
    .ofType(POLICY)
    .filter((policy) => resources.meantBy(policy, 'AWS::SecretsManager::Secret', ABOUT).certain.size === 0);
  return [...secretsHere(resources), ...elsewhere.map(policyOfElsewhere)];
}

const POLICY = 'AWS::SecretsManager::ResourcePolicy';

function policyOfElsewhere(policy: ResourceReader): SecretFact {
  const { SecretId } = policy.properties;
  const common = typeof SecretId === 'string' ? { ...policy.common, name: SecretId } : policy.common;
  return factOfElsewhere<SecretFact>(common, ATTRIBUTES, { policy: policy.policy('ResourcePolicy') }, [
    'secrets-policy',
  ]);
}

const ATTRIBUTES: ReadingsOf<SecretFact> = {
  kmsKeyId: true,
  hasCurrentValue: true,
  rotation: true,
  lastRotated: true,
  lastChanged: true,
  created: true,
  pendingVersion: true,
  policy: true,
  owningService: true,
};

function secretsHere(resources: TemplateResources): SecretFact[] {
  return resources.ofType('AWS::SecretsManager::Secret').map((secret) => {
    return {
      ...secret.common,
      kmsKeyId: secret.text('KmsKeyId'),
      hasCurrentValue: unknown(ONLY_LIVE),
      rotation: rotationOf(secret, resources),
      lastRotated: unknown(ONLY_LIVE),
      lastChanged: unknown(ONLY_LIVE),
      created: unknown(ONLY_LIVE),
      pendingVersion: unknown(ONLY_LIVE),
      policy: policyOf(secret, resources),
      owningService: known(undefined),
    };
  });
}

const ABOUT = { at: ['SecretId'] };

function rotationOf(secret: ResourceReader, resources: TemplateResources): SecretFact['rotation'] {
  const found = resources.oneNaming(secret, ['AWS::SecretsManager::RotationSchedule'], ABOUT);
  if ('unknown' in found || found.value === undefined) return found as Reading<undefined>;
  const schedule = found.value;
  return mapReading(schedule.at('RotationRules'), (rules) => {
    const lambdaArn = schedule.properties.RotationLambdaARN;
    return {
      enabled: true,
      days: isRecord(rules) ? rotationDays(rules) : undefined,
      ...(typeof lambdaArn === 'string' && { lambdaArn }),
    };
  });
}

function policyOf(secret: ResourceReader, resources: TemplateResources): SecretFact['policy'] {
  const found = resources.oneNaming(secret, [POLICY], ABOUT);
  if ('unknown' in found || found.value === undefined) return found as Reading<undefined>;
  return found.value.policy('ResourcePolicy');
}
