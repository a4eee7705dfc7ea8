import { bucketArn } from '../../bucket-arn.js';
import { defineControl } from '../../control.js';
import { refusedBy } from '../../policies/deny-evaluation.js';
import { valueOf } from '../../reading.js';

export const s3TlsOnly = defineControl({
  id: 's3-tls-only',
  title: 'Requests without TLS are denied.',
  severity: 'medium',
  references: { pci: ['4.2.1'], soc2: ['CC6.7'], runbook: ['4.1'], knownAs: ['SH S3.5', 'CKV_AWS_379', 'N S10'] },
  remediation: 'Add a Deny for everyone on the bucket and its objects where aws:SecureTransport is false.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket) {
    const policy = valueOf(bucket.policy);
    const passing = REQUESTS.filter(({ action, objects }) => {
      const request = { action, resource: bucketArn(bucket) + objects, context: WITHOUT_TLS };
      return refusedBy(policy, request) === undefined;
    });
    const actions = passing.map(({ action }) => action);
    if (actions.length > 0) yield `The bucket policy does not deny ${actions.join(', ')} without TLS.`;
  },
});

/** Who asks, and from where, stays open: a Deny that is narrowed to some lets the others through. */
const WITHOUT_TLS = { 'aws:securetransport': 'false', 's3:tlsversion': undefined };

const REQUESTS = [
  { action: 's3:ListBucket', objects: '' },
  { action: 's3:GetObject', objects: '/*' },
  { action: 's3:PutObject', objects: '/*' },
  { action: 's3:DeleteObject', objects: '/*' },
] as const;
