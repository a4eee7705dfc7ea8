import { bucketRole } from '../../bucket-roles.js';
import { defineControl } from '../../control.js';
import { keyProblems } from '../../expected-key.js';
import { valueOf } from '../../reading.js';

export const s3Cmk = defineControl({
  id: 's3-cmk',
  title: 'Buckets are encrypted with the expected key (log buckets with SSE-S3, which log delivery requires).',
  severity: 'medium',
  references: { pci: ['3.5.1'], runbook: ['4.1'], knownAs: ['SH S3.17', 'CKV_AWS_145'] },
  remediation: 'Set the default encryption to aws:kms with the key (AES256 for a log bucket).',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket, context) {
    const encryption = valueOf(bucket.encryption);
    const role = bucketRole(bucket, context);
    if (role === 'logs') {
      if (encryption?.algorithm !== 'AES256')
        yield `Logs cannot be delivered to a bucket with ${encryption?.algorithm ?? 'no default encryption'}.`;
    } else if (encryption === undefined || encryption.algorithm === 'AES256') {
      yield 'The default encryption does not use a customer managed key.';
    } else {
      yield* keyProblems(encryption.kmsKeyId, context, role === 'vault' ? 'vault' : 'dataLayer');
    }
  },
});
