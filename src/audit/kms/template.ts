/** Keys as templates declare them. */
import { allOf, known, mapReading, unknown } from '../model/reading.js';
import type { TemplateResources } from '../template/resources.js';
import type { KmsKeyFact } from './facts.js';

export function kmsKeysOf(resources: TemplateResources): KmsKeyFact[] {
  return resources.ofType('AWS::KMS::Key').map((key) => {
    // An alias names its key by id or by ARN.
    const named = resources.naming(key, ['AWS::KMS::Alias'], { at: ['TargetKeyId'] });
    const found = ('unknown' in named ? (named.found ?? []) : named.value).map(({ name }) => name);
    const policy = key.policy('KeyPolicy');
    return {
      ...key.common,
      name: found[0] ?? key.name,
      keyArn: key.arn,
      aliases: 'unknown' in named ? { unknown: named.unknown } : known(found),
      customerManaged: known(true),
      state: mapReading(key.flagOnByDefault('Enabled'), (enabled) => (enabled ? 'Enabled' : 'Disabled')),
      rotationEnabled: key.flag('EnableKeyRotation'),
      rotationPeriod: mapReading(
        allOf([key.flag('EnableKeyRotation'), key.number('RotationPeriodInDays')]),
        // What KMS takes where nothing is set.
        ([enabled, days]) => (enabled === true ? Number(days ?? 365) : undefined),
      ),
      grants: known([]),
      keySpec: mapReading(key.text('KeySpec'), (spec) => spec ?? 'SYMMETRIC_DEFAULT'),
      origin: mapReading(key.text('Origin'), (origin) => origin ?? 'AWS_KMS'),
      policy:
        'value' in policy && policy.value === undefined
          ? unknown('The template does not set the key policy, so KMS sets its default.')
          : (policy as KmsKeyFact['policy']),
    };
  });
}
