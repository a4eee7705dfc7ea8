import { bucketRole } from '../../bucket-roles.js';
import { defineControl } from '../../control.js';
import { refusedBy } from '../../policies/deny-evaluation.js';
import { valueOf } from '../../reading.js';

export const s3WrongKeyDenied = defineControl({
  id: 's3-wrong-key-denied',
  title: 'The vault takes no object under another encryption or key.',
  severity: 'high',
  references: { pci: ['3.5.1'] },
  remediation: 'Deny s3:PutObject as `holdfast policy bucket` prints it.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) === 'vault',
  *check(bucket) {
    const policy = valueOf(bucket.policy);
    const encryption = valueOf(bucket.encryption);
    const key = encryption?.kmsKeyId;
    for (const [what, context] of Object.entries(WRONG)) {
      if (what === 'SSE-C' && encryption?.blockedTypes.includes('SSE-C')) continue;
      const request = {
        action: 's3:PutObject',
        resource: `arn:aws:s3:::${bucket.name}/layer2/any`,
        context: { ...SECURE, ...context },
      };
      if (refusedBy(policy, request) === undefined) yield `A PUT with ${what} is not denied.`;
    }
    if (encryption?.algorithm !== 'aws:kms' || key === undefined)
      yield 'Without a header, an object does not land under a key of yours.';
  },
});

const METHOD = 's3:x-amz-server-side-encryption';
const KEY = 's3:x-amz-server-side-encryption-aws-kms-key-id';

/** Everything else about the request is right. */
const SECURE = {
  'aws:securetransport': 'true',
  's3:tlsversion': '1.3',
  's3:if-none-match': '*',
  's3:objectcreationoperation': 'true',
};

const WRONG: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AES256: { [METHOD]: 'AES256' },
  'aws:kms:dsse': { [METHOD]: 'aws:kms:dsse' },
  'SSE-C': { 's3:x-amz-server-side-encryption-customer-algorithm': 'AES256' },
  'another key': { [METHOD]: 'aws:kms', [KEY]: 'arn:aws:kms:us-east-1:000000000000:key/another' },
  'aws:kms and no key': { [METHOD]: 'aws:kms' },
};
