import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const s3AclsOff = defineControl({
  id: 's3-acls-off',
  title: 'ACLs are off.',
  severity: 'medium',
  references: { pci: ['7.2.1'], runbook: ['4.1'], knownAs: ['SH S3.12'] },
  remediation: 'Set the object ownership to BucketOwnerEnforced.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket) {
    const ownership = valueOf(bucket.ownership);
    // Buckets made since April 2023 have it unless something else is set.
    if (ownership !== undefined && ownership !== 'BucketOwnerEnforced') yield `Object ownership is ${ownership}.`;
  },
});
