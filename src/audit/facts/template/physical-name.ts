/** The name of a resource in reports and references: the one that `Ref` gives. */
import { physicalIdOf } from './physical-id.js';
import type { ResourceReader } from './resource-reader.js';

export function physicalName(reader: ResourceReader): string {
  const name = physicalIdOf(reader.logicalId, reader.type, reader.properties, {
    account: '',
    region: '',
    partition: 'aws',
  });
  return typeof name === 'string' ? name : reader.logicalId;
}
