/** Secrets as templates declare them. */
import { known, mapReading, unknown, valueOf } from '../model/reading.js';
import { ONLY_LIVE } from '../template/only-live.js';
import { isRecord, type ResourceReader } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { rotationDays, type SecretFact } from './facts.js';

export function secretsOf(resources: TemplateResources): SecretFact[] {
  return resources.ofType('AWS::SecretsManager::Secret').map((secret) => {
    const name = secret.properties.Name;
    return {
      id: secret.id,
      name: typeof name === 'string' ? name : secret.logicalId,
      tags: secret.tags(),
      optOuts: secret.optOuts,
      accepted: secret.accepted,
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

function isAbout(resource: ResourceReader, secret: ResourceReader): boolean {
  return resource.properties.SecretId === valueOf(secret.arn);
}

function rotationOf(secret: ResourceReader, resources: TemplateResources): SecretFact['rotation'] {
  const schedule = resources.ofType('AWS::SecretsManager::RotationSchedule').find((one) => isAbout(one, secret));
  if (!schedule) return known(undefined);
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
  const policy = resources.ofType('AWS::SecretsManager::ResourcePolicy').find((one) => isAbout(one, secret));
  return policy ? policy.policy('ResourcePolicy') : known(undefined);
}
