/** Keys as templates declare them. */
import { known, mapReading, unknown, valueOf } from '../model/reading.js';
import { physicalName } from '../template/physical-id.js';
import type { ResourceReader } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import type { KmsKeyFact } from './facts.js';

export function kmsKeysOf(resources: TemplateResources): KmsKeyFact[] {
  return resources.ofType('AWS::KMS::Key').map((key) => {
    const aliases = resources
      .ofType('AWS::KMS::Alias')
      .filter((alias) => refersTo(alias, key))
      .map(physicalName);
    const policy = key.policy('KeyPolicy');
    return {
      id: key.id,
      name: aliases[0] ?? key.logicalId,
      tags: key.tags(),
      optOuts: key.optOuts,
      accepted: key.accepted,
      keyArn: key.arn,
      aliases: known(aliases),
      customerManaged: known(true),
      state: mapReading(key.flagOnByDefault('Enabled'), (enabled) => (enabled ? 'Enabled' : 'Disabled')),
      rotationEnabled: key.flag('EnableKeyRotation'),
      keySpec: mapReading(key.text('KeySpec'), (spec) => spec ?? 'SYMMETRIC_DEFAULT'),
      origin: mapReading(key.text('Origin'), (origin) => origin ?? 'AWS_KMS'),
      policy:
        'value' in policy && policy.value === undefined
          ? unknown('The template does not set the key policy, so KMS sets its default.')
          : (policy as KmsKeyFact['policy']),
    };
  });
}

/** An alias names its key by id or by ARN. */
function refersTo(alias: ResourceReader, key: ResourceReader): boolean {
  const target = alias.text('TargetKeyId');
  if (!('value' in target) || target.value === undefined) return false;
  return target.value === key.logicalId || target.value === valueOf(key.arn);
}
