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
  *check(bucket, context) {
    const ownership = valueOf(bucket.ownership);
    // A new bucket gets it by default; a bucket from before April 2023 without the setting has ACLs.
    if (ownership === undefined && context.facts.source === 'live')
      yield 'Object ownership is not set, so ACLs are on.';
    else if (ownership !== undefined && ownership !== 'BucketOwnerEnforced') yield `Object ownership is ${ownership}.`;
  },
});
