/** Requests to put an object into a vault, and keys, to evaluate its policy with. */
import type { ControlContext } from '../model/control.js';
import { ownAccount } from '../model/ownership.js';
import { accountsOf } from '../policies/conditions.js';
import type { Request } from '../policies/deny-evaluation.js';
import { accountOf, isEveryone } from '../policies/match.js';
import type { ParsedPolicy } from '../policies/parse-policy.js';
import { formatArn, parseArn } from '../../syntax/arn.js';
import { bucketArn, type BucketFact } from './facts.js';

/**
 * Accounts that may put by the policy: the bucket's own, whose IAM alone decides, and those that it allows; an
 * unused one where it allows everyone, or someone whose account cannot be determined.
 */
export function writingAccounts(bucket: BucketFact, policy: ParsedPolicy, context: ControlContext): string[] {
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
 * A put of each of them, anywhere in the bucket, over TLS. What is not said here is up to the requester, so that no
 * Deny counts that depends on it.
 *
 * @param encryption `any`: up to the requester, too
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

export const KEY_HEADER = 's3:x-amz-server-side-encryption-aws-kms-key-id';

/**
 * One of each kind that a Deny may have forgotten: keys of accounts that write, of the same account and Region,
 * elsewhere, and all that the policy itself mentions.
 *
 * @param own ARN of the vault's key
 */
export function otherKeys(own: string | undefined, policy: ParsedPolicy, accounts: readonly string[]): string[] {
  const { partition, region, account, resource } = parseArn(own ?? '') ?? ANY_KEY;
  const id = resource.replace(/^key\//, '');
  const key = (inRegion: string, inAccount: string, keyId: string) =>
    formatArn({ partition, service: 'kms', region: inRegion, account: inAccount, resource: `key/${keyId}` });
  const keys = [...new Set([account, ...accounts, '000000000000'])].flatMap((one) => [
    key(region, one, id),
    key(region, one, ANY_ID),
    // As similar as possible: a pattern of the own key's beginning would match it.
    key(region, one, `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`),
    key(region === 'eu-west-3' ? 'eu-west-2' : 'eu-west-3', one, id),
  ]);
  // Without a key of its own, the ones named may be right: it is the bucket's default that is wrong.
  const named = own === undefined ? [] : namedIn(policy);
  return [...new Set([...keys, ...named])].filter((one) => one !== own);
}

/** Those that conditions name; where they name a pattern, one that matches it. */
function namedIn({ statements }: ParsedPolicy): string[] {
  return statements
    .flatMap(({ conditions }) => Object.values(conditions))
    .flatMap((keys) => keys[KEY_HEADER] ?? [])
    .filter((value) => value.startsWith('arn:'))
    .map((pattern) => pattern.replaceAll('*', '0').replaceAll('?', '0'));
}

const ANY_ID = '00000000-0000-0000-0000-000000000000';
const ANY_KEY = { partition: 'aws', region: 'us-east-1', account: '000000000000', resource: `key/${ANY_ID}` };
