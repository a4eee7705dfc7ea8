import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraPrivateSubnets = defineControl({
  id: 'aurora-private-subnets',
  title: 'No subnet of the cluster has a route to an internet gateway.',
  severity: 'high',
  references: { pci: ['1.4.4'], runbook: ['2.2'], knownAs: ['SH RDS.46'] },
  remediation: 'Use isolated subnets in the subnet group.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    for (const subnet of valueOf(cluster.subnets)) {
      if (valueOf(subnet.routesToInternetGateway)) yield `The subnet ${subnet.id} has a route to an internet gateway.`;
    }
  },
});
