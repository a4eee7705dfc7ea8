/** What kind of Aurora a cluster is. */
import type { AuroraClusterFact } from './facts/model.js';
import { valueOf } from './reading.js';

/** Parameters, log types and versions are those of PostgreSQL. */
export function isPostgres(cluster: AuroraClusterFact): boolean {
  return valueOf(cluster.engine) === 'aurora-postgresql';
}

/** `17` of `17.9`; `undefined` where no version is set. */
export function majorOf(cluster: AuroraClusterFact): number | undefined {
  const version = valueOf(cluster.engineVersion);
  return version === undefined ? undefined : Number.parseInt(version, 10);
}
