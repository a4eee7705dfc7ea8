import { bucketRole } from '../../bucket-roles.js';
import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const s3Replication = defineControl({
  id: 's3-replication',
  title: 'The data bucket is replicated, including its encrypted objects.',
  severity: 'medium',
  references: { soc2: ['A1.2'], runbook: ['4.2'], knownAs: ['SH S3.7 in part'] },
  remediation: "Enable a rule with SseKmsEncryptedObjects selected and a ReplicaKmsKeyID in the destination's Region.",
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) === 'source',
  *check(bucket) {
    const rules = valueOf(bucket.replication).filter((rule) => rule.enabled);
    if (rules.length === 0) yield 'No replication rule is enabled.';
    else if (rules.every((rule) => rule.filtered)) yield 'No rule replicates all objects: each has a filter.';
    for (const rule of rules) {
      if (!rule.selectsKmsObjects) yield `Objects encrypted with a KMS key are not replicated to ${rule.destination}.`;
      else if (rule.replicaKmsKeyId === undefined) yield `No key is set for replicas in ${rule.destination}.`;
    }
  },
});
