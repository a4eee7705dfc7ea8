import { defineControl } from '../../control.js';
import { keyProblems } from '../../expected-key.js';
import { valueOf } from '../../reading.js';

export const redisAtRestCmk = defineControl({
  id: 'redis-at-rest-cmk',
  title: 'Caches are encrypted at rest with the expected key.',
  severity: 'medium',
  references: { pci: ['3.5.1'], runbook: ['5.1'], knownAs: ['SH ElastiCache.4', 'CKV_AWS_191'] },
  remediation:
    'Encryption at rest can only be set when a replication group is created: restore a backup into a new one.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  expects: (declared) => declared.replicationGroups,
  *check(group, context) {
    if (!valueOf(group.atRestEncryption)) yield 'It is not encrypted at rest.';
    else yield* keyProblems(valueOf(group.kmsKeyId), context, 'dataLayer');
  },
});
