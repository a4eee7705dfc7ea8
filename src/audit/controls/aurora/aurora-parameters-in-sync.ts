import { defineControl } from '../../control.js';
import { UnknownReading, valueOf } from '../../reading.js';

export const auroraParametersInSync = defineControl({
  id: 'aurora-parameters-in-sync',
  title: 'Every member runs with the parameters as set.',
  severity: 'high',
  references: { runbook: ['2.1', '7.2.4'] },
  remediation: 'Reboot the members that are waiting for a reboot.',
  evaluatedOn: ['live'],
  kind: 'auroraClusters',
  *check(cluster) {
    const members = Object.entries(valueOf(cluster.parameterStatus));
    if (members.length === 0) throw new UnknownReading({ reason: 'There is no instance to apply them.' });
    for (const [member, status] of members) {
      if (status !== 'in-sync') yield `${member} is ${status}.`;
    }
  },
});
