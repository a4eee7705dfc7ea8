import { bucketRole } from '../../bucket-roles.js';
import { defineControl } from '../../control.js';
import { refusedBy } from '../../policies/deny-evaluation.js';
import { valueOf } from '../../reading.js';
import { putRequests, writingAccounts } from '../../vault-requests.js';

export const s3WrongKeyDenied = defineControl({
  id: 's3-wrong-key-denied',
  title: 'The vault takes no object under another encryption or key.',
  severity: 'high',
  references: { pci: ['3.5.1'] },
  remediation: 'Deny s3:PutObject as `holdfast policy bucket` prints it.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) === 'vault',
  *check(bucket, context) {
    const policy = valueOf(bucket.policy) ?? { statements: [] };
    const accounts = writingAccounts(bucket, policy, context);
    const encryption = valueOf(bucket.encryption);
    const key = encryption?.kmsKeyId;
    for (const [what, headers] of Object.entries(WRONG)) {
      if (what === 'SSE-C' && encryption?.blockedTypes.includes('SSE-C')) continue;
      const requests = putRequests(bucket, accounts, headers);
      if (requests.some((request) => refusedBy(policy, request) === undefined))
        yield `A PUT with ${what} is not denied.`;
    }
    if (encryption?.algorithm !== 'aws:kms' || key === undefined)
      yield 'Without a header, an object does not land under a key of yours.';
  },
});

const METHOD = 's3:x-amz-server-side-encryption';
const KEY = 's3:x-amz-server-side-encryption-aws-kms-key-id';

const WRONG: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AES256: { [METHOD]: 'AES256' },
  'aws:kms:dsse': { [METHOD]: 'aws:kms:dsse' },
  'SSE-C': { 's3:x-amz-server-side-encryption-customer-algorithm': 'AES256' },
  'another key': { [METHOD]: 'aws:kms', [KEY]: 'arn:aws:kms:us-east-1:000000000000:key/another' },
  'aws:kms and no key': { [METHOD]: 'aws:kms' },
};
