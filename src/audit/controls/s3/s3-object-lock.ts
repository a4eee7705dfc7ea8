import { bucketRole } from '../../bucket-roles.js';
import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const s3ObjectLock = defineControl({
  id: 's3-object-lock',
  title: 'The vault locks its objects by default.',
  severity: 'medium',
  references: { pci: ['10.5.1'], soc2: ['C1.1'], knownAs: ['SH S3.15'] },
  remediation: 'Turn on Object Lock with a default retention; any versioned bucket can have it.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) === 'vault',
  *check(bucket) {
    const lock = valueOf(bucket.objectLock);
    if (!lock?.enabled) yield 'Object Lock is off.';
    else if (lock.mode === undefined || !lock.days) yield 'Object Lock has no default retention.';
  },
});
