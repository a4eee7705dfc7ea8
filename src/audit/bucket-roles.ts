/** The purpose of a bucket: declared by the config, else inferred from how buckets refer to each other. */
import type { ControlContext } from './control.js';
import type { BucketRole } from './declared.js';
import type { BucketFact } from './facts/model.js';
import { valueOf } from './reading.js';

/**
 * @throws UnknownReading where it cannot be determined
 */
export function bucketRole(bucket: BucketFact, { facts, declared }: ControlContext): BucketRole | undefined {
  const said = declared.buckets.find((one) => one.name === bucket.name)?.role;
  if (said) return said;
  const others = valueOf(facts.buckets).filter((one) => one.name !== bucket.name);
  if (others.some((one) => valueOf(one.logging)?.bucket === bucket.name)) return 'logs';
  if (others.some((one) => valueOf(one.replication).some((rule) => rule.destination === bucket.name))) return 'replica';
  if (valueOf(bucket.objectLock)?.enabled) return 'vault';
  return valueOf(bucket.replication).length > 0 ? 'source' : undefined;
}
