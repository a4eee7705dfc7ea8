import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const s3PublicAccessBlocked = defineControl({
  id: 's3-public-access-blocked',
  title: 'All four public access blocks are on.',
  severity: 'high',
  references: { pci: ['1.4.4'], soc2: ['CC6.6'], runbook: ['4.1'], knownAs: ['SH S3.8', 'CKV_AWS_53–56'] },
  remediation: 'aws s3api put-public-access-block, with all four settings true.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  expects: (declared) => declared.buckets.map((bucket) => bucket.name),
  *check(bucket) {
    for (const [setting, on] of Object.entries(valueOf(bucket.publicAccessBlock))) {
      if (!on) yield `${setting} is off.`;
    }
  },
});
