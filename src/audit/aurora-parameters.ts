/** Parameters as the members of a cluster run with them. */
import type { AuroraClusterFact, AuroraParameter } from './facts/model.js';
import { valueOf } from './reading.js';

type Parameters = Readonly<Record<string, AuroraParameter>>;

export interface ParametersInUse {
  /** `Of writer: ` for a member whose own group sets some of them; empty for the rest of the cluster. */
  readonly where: string;
  readonly parameters: Parameters;
}

/**
 * Those of the cluster's group, then those of each member that has some of its own, over the cluster's.
 *
 * @throws UnknownReading
 */
export function* parametersInUse(cluster: AuroraClusterFact): Iterable<ParametersInUse> {
  const parameters = valueOf(cluster.parameters);
  yield { where: '', parameters };
  for (const { name, parameters: own } of valueOf(cluster.instances)) {
    if (Object.keys(valueOf(own)).length > 0)
      yield { where: `Of ${name}: `, parameters: { ...parameters, ...valueOf(own) } };
  }
}
