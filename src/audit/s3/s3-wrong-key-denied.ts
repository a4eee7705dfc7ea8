import { keyArnOf } from '../kms/facts.js';
import { defineControl } from '../model/control.js';
import { valueOf } from '../model/reading.js';
import { refusedBy } from '../policies/deny-evaluation.js';
import { bucketRole } from './facts.js';
import { type EncryptionHeaders, otherKeys, putRequests, writingAccounts } from './vault-requests.js';

export const s3WrongKeyDenied = defineControl({
  id: 's3-wrong-key-denied',
  title: 'The vault accepts no object with other encryption or another key.',
  severity: 'high',
  references: { pci: ['3.5.1'], nist: ['SC-13', 'SC-28(1)'], iso: ['A.8.24'] },
  remediation: 'Deny s3:PutObject as in the policy that `holdfast policy bucket` prints.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) === 'vault',
  *check(bucket, context) {
    const policy = valueOf(bucket.policy) ?? { statements: [] };
    const accounts = writingAccounts(bucket, policy, context);
    const encryption = valueOf(bucket.encryption);
    const passes = (headers: EncryptionHeaders) =>
      // The start of an upload says what its object will be encrypted with, and cannot say that the object is new.
      (['new', 'upload'] as const)
        .flatMap((creation) => putRequests(bucket, accounts, headers, creation))
        .some((request) => refusedBy(policy, request) === undefined);
    for (const [what, headers] of Object.entries(WRONG)) {
      if (what === 'SSE-C' && encryption?.blockedTypes.includes('SSE-C')) continue;
      if (passes(headers)) yield `A PUT with ${what} is not denied.`;
    }
    const key = keyArnOf(encryption?.kmsKeyId, context);
    const other = otherKeys(key, policy, accounts).find((one) => passes({ method: 'aws:kms', key: one }));
    if (other !== undefined) yield `A PUT with another key is not denied: ${other}.`;
    if (encryption?.algorithm !== 'aws:kms' || !encryption.kmsKeyId)
      yield 'Without a header, an object is not encrypted with a customer managed key.';
    // Otherwise the Denies insist on a key, but on someone else's.
    else if (key !== undefined)
      yield* putRequests(bucket, accounts, { method: 'aws:kms', key })
        .map((request) => refusedBy(policy, request))
        .filter((sid) => sid !== undefined)
        .slice(0, 1)
        .map((sid) => `A PUT with the bucket's own key is denied by ${sid}.`);
  },
});

const WRONG: Readonly<Record<string, EncryptionHeaders>> = {
  AES256: { method: 'AES256' },
  'aws:kms:dsse': { method: 'aws:kms:dsse' },
  'SSE-C': { customerAlgorithm: 'AES256' },
  'aws:kms and no key': { method: 'aws:kms' },
};
