import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const s3Versioning = defineControl({
  id: 's3-versioning',
  title: 'Versioning is on.',
  severity: 'low',
  references: { soc2: ['A1.2'], runbook: ['4.2'], knownAs: ['SH S3.14'] },
  remediation: 'aws s3api put-bucket-versioning --versioning-configuration Status=Enabled.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket) {
    const status = valueOf(bucket.versioning);
    if (status !== 'Enabled') yield `Versioning is ${status.toLowerCase()}.`;
  },
});
