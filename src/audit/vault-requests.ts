/** Requests to put an object into a vault, to ask its policy of. */
import type { ControlContext } from './control.js';
import type { BucketFact } from './facts/model.js';
import { ownAccount } from './own-account.js';
import { accountsOf } from './policies/conditions.js';
import type { Request } from './policies/deny-evaluation.js';
import { accountOf, isEveryone } from './policies/match.js';
import type { PolicyDocument } from './policies/policy-document.js';

/** Accounts that may put by the policy: the bucket's own, whose IAM alone decides, and those that it allows. */
export function writingAccounts(bucket: BucketFact, policy: PolicyDocument, context: ControlContext): string[] {
  const allowed = policy.statements
    .filter((statement) => statement.effect === 'Allow')
    .flatMap((statement) =>
      statement.principals.flatMap((principal) =>
        isEveryone(principal) ? (accountsOf(statement) ?? []) : (accountOf(principal) ?? []),
      ),
    );
  return [...new Set([ownAccount(bucket, context), ...allowed])];
}

/**
 * A put of each of them, under a prefix and under none, over TLS, of a new object.
 *
 * @param headers condition keys in lower case, in place of or beside what is right; `undefined` leaves one out
 */
export function putRequests(
  bucket: BucketFact,
  accounts: readonly string[],
  headers: Readonly<Record<string, string | undefined>>,
): Request[] {
  return accounts.flatMap((account) =>
    ['any', 'layer2/any'].map((key) => ({
      action: 's3:PutObject',
      resource: `arn:aws:s3:::${bucket.name}/${key}`,
      context: withoutAbsent({ ...RIGHT, 'aws:principalaccount': account, ...headers }),
    })),
  );
}

const RIGHT = {
  'aws:principalisawsservice': 'false',
  'aws:securetransport': 'true',
  's3:tlsversion': '1.3',
  's3:if-none-match': '*',
  's3:objectcreationoperation': 'true',
};

function withoutAbsent(context: Readonly<Record<string, string | undefined>>): Request['context'] {
  return Object.fromEntries(
    Object.entries(context).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
