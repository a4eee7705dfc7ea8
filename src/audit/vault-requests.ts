/** Requests to put an object into a vault, to evaluate its policy with. */
import { bucketArn } from './bucket-arn.js';
import type { ControlContext } from './control.js';
import type { BucketFact } from './facts/model.js';
import { ownAccount } from './own-account.js';
import { accountsOf } from './policies/conditions.js';
import type { Request } from './policies/deny-evaluation.js';
import { accountOf, isEveryone } from './policies/match.js';
import type { PolicyDocument } from './policies/policy-document.js';
import { KEY_HEADER } from './vault-keys.js';

/**
 * Accounts that may put by the policy: the bucket's own, whose IAM alone decides, and those that it allows; an
 * unused one where it allows everyone, or someone whose account cannot be determined.
 */
export function writingAccounts(bucket: BucketFact, policy: PolicyDocument, context: ControlContext): string[] {
  const allowed = policy.statements
    .filter((statement) => statement.effect === 'Allow')
    .flatMap((statement) => [
      ...statement.principals
        .filter(({ type }) => type !== 'Service')
        .flatMap((principal) =>
          isEveryone(principal) ? (accountsOf(statement) ?? [NOBODYS]) : (accountOf(principal) ?? NOBODYS),
        ),
      ...(statement.notPrincipals.length > 0 ? [NOBODYS] : []),
    ]);
  return [...new Set([ownAccount(bucket, context), ...allowed])];
}

const NOBODYS = '000000000000';

/** What a PUT says of encryption; `undefined` for a header that it does not have. */
export interface EncryptionHeaders {
  readonly method?: string;
  /** A key's ARN. */
  readonly key?: string;
  /** For SSE-C. */
  readonly customerAlgorithm?: string;
}

/**
 * A put of each of them, anywhere in the bucket, over TLS. What is not said here is for the requester to choose, so that no
 * Deny counts that depends on it.
 *
 * @param encryption `any`: for the requester to choose, too
 * @param creation whether it creates the object, and under which condition: parts of an upload carry none
 */
export function putRequests(
  bucket: BucketFact,
  accounts: readonly string[],
  encryption: EncryptionHeaders | 'any',
  creation: keyof typeof CREATION = 'new',
): Request[] {
  return accounts.map((account) => ({
    action: 's3:PutObject',
    resource: `${bucketArn(bucket)}/*`,
    context: {
      'aws:principalaccount': account,
      'aws:principalisawsservice': 'false',
      'aws:securetransport': 'true',
      's3:tlsversion': '1.3',
      ...(encryption !== 'any' && {
        's3:x-amz-server-side-encryption': encryption.method,
        [KEY_HEADER]: encryption.key,
        's3:x-amz-server-side-encryption-customer-algorithm': encryption.customerAlgorithm,
      }),
      ...CREATION[creation],
    },
  }));
}

/** Condition keys of a new object, of one in the place of another, and of the beginning of an upload. */
const CREATION = {
  new: { 's3:if-none-match': '*', 's3:objectcreationoperation': 'true' },
  overwriting: { 's3:if-none-match': undefined, 's3:objectcreationoperation': 'true' },
  upload: { 's3:if-none-match': undefined, 's3:objectcreationoperation': 'false' },
} as const;
