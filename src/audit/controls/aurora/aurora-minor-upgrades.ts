import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraMinorUpgrades = defineControl({
  id: 'aurora-minor-upgrades',
  title: 'Minor versions are upgraded automatically.',
  severity: 'medium',
  references: { pci: ['6.3.3'], runbook: ['2.2'], knownAs: ['SH RDS.13'] },
  remediation: 'aws rds modify-db-instance --auto-minor-version-upgrade.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    for (const instance of valueOf(cluster.instances)) {
      if (!valueOf(instance.autoMinorVersionUpgrade))
        yield `Minor versions of ${instance.name} are not upgraded automatically.`;
    }
  },
});
