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
  *check(bucket, context) {
    const policy = valueOf(bucket.policy);
    const arn = `arn:aws:s3:::${bucket.name}`;
    const requests = REQUESTS.flatMap(({ action, object }) =>
      // A Deny that is narrowed to some accounts lets those of the others pass.
      ['000000000000', bucket.account ?? context.facts.account].map((account) => ({
        action,
        resource: arn + object,
        context: { 'aws:securetransport': 'false', ...(account !== undefined && { 'aws:principalaccount': account }) },
      })),
    );
    const passing = requests.filter((request) => refusedBy(policy, request) === undefined);
    const actions = [...new Set(passing.map(({ action }) => action))];
    if (actions.length > 0) yield `The bucket policy does not deny ${actions.join(', ')} without TLS.`;
  },
});

const REQUESTS = [
  { action: 's3:ListBucket', object: '' },
  { action: 's3:GetObject', object: '/any' },
  { action: 's3:PutObject', object: '/any' },
  { action: 's3:DeleteObject', object: '/any' },
] as const;
