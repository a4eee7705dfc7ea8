import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraMultiAz = defineControl({
  id: 'aurora-multi-az',
  title: 'A writer and a reader run in at least two zones.',
  severity: 'medium',
  references: { soc2: ['A1.2'], runbook: ['2.2'], knownAs: ['SH RDS.15'] },
  remediation: 'Add a reader in another Availability Zone.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    const instances = valueOf(cluster.instances);
    if (instances.length < 2) {
      yield `There is ${instances.length === 1 ? 'one instance' : 'no instance'}.`;
      return;
    }
    const zones = instances.map((instance) => valueOf(instance.availabilityZone));
    // Where none is named, RDS spreads the instances over the subnets' zones.
    const spread = zones.includes(undefined)
      ? valueOf(cluster.subnets).map((subnet) => valueOf(subnet.availabilityZone))
      : zones;
    if (new Set(spread).size < 2) yield `All instances run in ${spread[0] ?? 'one zone'}.`;
  },
});
