import { bucketRole } from '../../bucket-roles.js';
import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const s3AccessLogging = defineControl({
  id: 's3-access-logging',
  title: 'Access is logged to another bucket, under a prefix.',
  severity: 'medium',
  references: {
    pci: ['10.2.1'],
    soc2: ['CC7.2'],
    runbook: ['4.1', '7.1 S3 Logging', '7.2.3'],
    knownAs: ['SH S3.9', 'CKV_AWS_18'],
  },
  remediation: 'aws s3api put-bucket-logging, with a target bucket and a prefix.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) !== 'logs',
  *check(bucket) {
    const logging = valueOf(bucket.logging);
    if (!logging) yield 'Access is not logged.';
    else if (logging.bucket === bucket.name) yield 'It logs to itself, so each delivery is logged again.';
    else if (logging.prefix === '') yield 'Its logs have no prefix.';
  },
});
