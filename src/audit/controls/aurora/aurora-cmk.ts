import { defineControl } from '../../control.js';
import { keyProblems } from '../../expected-key.js';
import { valueOf } from '../../reading.js';

export const auroraCmk = defineControl({
  id: 'aurora-cmk',
  title: 'Aurora storage is encrypted with the expected key.',
  severity: 'high',
  references: { pci: ['3.5.1'], soc2: ['CC6.1'], runbook: ['2.2', '7.1 Aurora Encrypt'], knownAs: ['CKV_AWS_327'] },
  remediation: 'A cluster cannot be encrypted later: copy a snapshot under the key and restore it into a new cluster.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  expects: (declared) => declared.auroraClusters,
  *check(cluster, context) {
    if (!valueOf(cluster.storageEncrypted)) yield 'Storage is not encrypted.';
    else yield* keyProblems(valueOf(cluster.kmsKeyId), context, 'dataLayer');
  },
});
