import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraReaderScaling = defineControl({
  id: 'aurora-reader-scaling',
  title: 'Readers scale from 1 to 5 at 60% CPU.',
  severity: 'medium',
  references: { soc2: ['A1.1'], runbook: ['2.3'] },
  remediation:
    'Register rds:cluster:ReadReplicaCount as a scalable target with a target-tracking policy on RDSReaderAverageCPUUtilization.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    const scaling = valueOf(cluster.readerScaling);
    if (!scaling) {
      yield 'Readers do not scale.';
      return;
    }
    const [min, max] = [valueOf(scaling.minCapacity), valueOf(scaling.maxCapacity)];
    if (min !== 1 || max !== 5) yield `Readers scale from ${min} to ${max}; 1 to 5 is required.`;
    const [metric, target] = [valueOf(scaling.metric), valueOf(scaling.targetValue)];
    if (metric !== 'RDSReaderAverageCPUUtilization') yield `Readers scale on ${metric ?? 'no metric'}.`;
    else if (target !== 60)
      yield `Readers scale at ${target === undefined ? 'no target' : `${target}% CPU`}; 60% is required.`;
  },
});
