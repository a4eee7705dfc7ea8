import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraTagsToSnapshots = defineControl({
  id: 'aurora-tags-to-snapshots',
  title: 'Snapshots carry the tags of the cluster.',
  severity: 'low',
  references: { runbook: ['2.2'], knownAs: ['SH RDS.16'] },
  remediation: 'aws rds modify-db-cluster --copy-tags-to-snapshot.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    if (!valueOf(cluster.copyTagsToSnapshot)) yield 'Tags are not copied to snapshots.';
  },
});
