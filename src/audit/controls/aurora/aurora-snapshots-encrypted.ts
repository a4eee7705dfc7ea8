import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraSnapshotsEncrypted = defineControl({
  id: 'aurora-snapshots-encrypted',
  title: 'Snapshots are encrypted.',
  severity: 'medium',
  references: { pci: ['3.5.1'], soc2: ['CC6.1'], runbook: ['2.2'], knownAs: ['SH RDS.4'] },
  remediation: 'Copy the snapshot under the key and delete the plain one.',
  evaluatedOn: ['live'],
  kind: 'auroraSnapshots',
  *check(snapshot) {
    if (!valueOf(snapshot.encrypted)) yield 'It is not encrypted.';
  },
});
