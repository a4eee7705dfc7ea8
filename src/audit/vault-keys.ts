/** Keys that a vault's policy has to refuse. */
import type { PolicyDocument } from './policies/policy-document.js';

export const KEY_HEADER = 's3:x-amz-server-side-encryption-aws-kms-key-id';

/**
 * One of each kind that a Deny may have forgotten: keys of accounts that write, of the same account and Region, elsewhere,
 * and all that the policy itself speaks of.
 *
 * @param own ARN of the vault's key
 */
export function otherKeys(own: string | undefined, policy: PolicyDocument, accounts: readonly string[]): string[] {
  const [, partition = 'aws', region = 'us-east-1', account = '000000000000', id = ANY_ID] =
    KEY_ARN.exec(own ?? '') ?? [];
  const key = (inRegion: string, inAccount: string, keyId: string) =>
    `arn:${partition}:kms:${inRegion}:${inAccount}:key/${keyId}`;
  const keys = [...new Set([account, ...accounts, '000000000000'])].flatMap((one) => [
    key(region, one, id),
    key(region, one, ANY_ID),
    // As near as can be: a pattern of the own key's beginning would match it.
    key(region, one, `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`),
    key(region === 'eu-west-3' ? 'eu-west-2' : 'eu-west-3', one, id),
  ]);
  // Without a key of its own, the ones named may be right: it is the bucket's default that is wrong.
  const named = own === undefined ? [] : namedIn(policy);
  return [...new Set([...keys, ...named])].filter((one) => one !== own);
}

/** Those that conditions name; where they name a pattern, one that matches it. */
function namedIn({ statements }: PolicyDocument): string[] {
  return statements
    .flatMap(({ conditions }) => Object.values(conditions))
    .flatMap((keys) => keys[KEY_HEADER] ?? [])
    .filter((value) => value.startsWith('arn:'))
    .map((pattern) => pattern.replaceAll('*', '0').replaceAll('?', '0'));
}

/** What a template leaves to its deployment, `${AWS::Region}`, stands for itself. */
const KEY_ARN = /^arn:([^:]*):kms:(\$\{[^}]*\}|[^:]*):(\$\{[^}]*\}|[^:]*):key\/(.*)$/;
const ANY_ID = '00000000-0000-0000-0000-000000000000';
