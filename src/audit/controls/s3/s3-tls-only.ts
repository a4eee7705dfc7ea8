import { defineControl } from '../../control.js';
import { refusedBy } from '../../policies/deny-evaluation.js';
import { valueOf } from '../../reading.js';

export const s3TlsOnly = defineControl({
  id: 's3-tls-only',
  title: 'Requests without TLS are denied.',
  severity: 'medium',
  references: { pci: ['4.2.1'], soc2: ['CC6.7'], runbook: ['4.1'], knownAs: ['SH S3.5', 'CKV_AWS_379', 'N S10'] },
  remediation: 'Add a Deny for everybody on the bucket and its objects where aws:SecureTransport is false.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket) {
    const policy = valueOf(bucket.policy);
    const arn = `arn:aws:s3:::${bucket.name}`;
    const plain = { 'aws:securetransport': 'false' };
    const refused =
      refusedBy(policy, { action: 's3:ListBucket', resource: arn, context: plain }) !== undefined &&
      refusedBy(policy, { action: 's3:GetObject', resource: `${arn}/any`, context: plain }) !== undefined &&
      refusedBy(policy, { action: 's3:PutObject', resource: `${arn}/any`, context: plain }) !== undefined;
    if (!refused) yield 'No Deny of the bucket policy refuses requests without TLS.';
  },
});
