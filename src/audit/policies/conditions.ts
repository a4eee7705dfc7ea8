/** What a statement's conditions pin down. */
import { formatArn, parseArn } from '../../syntax/arn.js';
import type { PolicyStatement } from './parse-policy.js';

/** Operators that hold only where the key is there and equals one of the values. ForAllValues holds without it, too. */
const PINNING = /^(?:ForAnyValue:)?(?:StringEquals(?:IgnoreCase)?|StringLike|ArnEquals|ArnLike)$/;

/** The values to which a key is pinned; `undefined` where nothing pins it. A lone wildcard pins nothing. */
export function pinnedTo(statement: PolicyStatement, key: string): readonly string[] | undefined {
  for (const [operator, keys] of Object.entries(statement.conditions)) {
    if (!PINNING.test(operator)) continue;
    const values = keys[key.toLowerCase()];
    if (values && values.length > 0 && !values.some((value) => /^[*?]+$/.test(value))) return values;
  }
  return undefined;
}

/**
 * Roles and users that a statement names, as patterns of their ARNs: as principals, or in a condition beside an account
 * or everyone. Empty where it is about no one in particular: IAM and other conditions say who.
 */
export function namesOf(statement: PolicyStatement): string[] {
  const pinned = pinnedTo(statement, 'aws:PrincipalArn') ?? [];
  const named = statement.principals
    .filter(({ type, value }) => type === 'AWS' && /:(?:role|user|assumed-role)\//.test(value))
    .map(({ value }) => value);
  const others = statement.principals.filter(({ type, value }) => type !== 'Service' && !named.includes(value));
  return [...named, ...(others.length > 0 ? pinned : [])].map(ofRole);
}

/** A session's principal ARN is that of its role: `aws:PrincipalArn` says it so. */
function ofRole(arn: string): string {
  const parsed = parseArn(arn);
  const role = /^assumed-role\/([^/]*)\//.exec(parsed?.resource ?? '')?.[1];
  if (parsed?.service !== 'sts' || role === undefined) return arn;
  return formatArn({ ...parsed, service: 'iam', resource: `role/${role}` });
}

/** Patterns of the roles and users that a statement leaves out. */
export function exceptionsOf({ conditions }: PolicyStatement): readonly string[] {
  const operators = ['ArnNotEquals', 'ArnNotLike', 'StringNotEquals', 'StringNotLike'];
  return operators.flatMap((operator) => conditions[operator]?.['aws:principalarn'] ?? []);
}

/** Whether it holds only for requests through named VPCs or endpoints, or from addresses that the internet does not have. */
export function comesFromOwnNetwork(statement: PolicyStatement): boolean {
  if (pinnedTo(statement, 'aws:SourceVpc') ?? pinnedTo(statement, 'aws:SourceVpce')) return true;
  const { IpAddress: addresses = {} } = statement.conditions;
  if ((addresses['aws:vpcsourceip'] ?? []).length > 0) return true;
  const from = addresses['aws:sourceip'] ?? [];
  return from.length > 0 && from.every((range) => PRIVATE_RANGES.test(range));
}

/** Of RFC 1918. */
const PRIVATE_RANGES = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/;

/** Whether the statement holds only where a key is true. */
export function requiresTrue(statement: PolicyStatement, key: string): boolean {
  const values = statement.conditions.Bool?.[key.toLowerCase()];
  return values?.length === 1 && values[0]?.toLowerCase() === 'true';
}

/** Keys that say from whose account a request comes, or for whose resource a service makes it: AWS sets them. */
const ACCOUNTS = ['aws:PrincipalAccount', 'aws:SourceAccount', 'kms:CallerAccount', 'aws:SourceOwner'] as const;
const ARNS = ['aws:PrincipalArn', 'aws:SourceArn'] as const;

/**
 * The accounts to which a statement is narrowed, whoever its principal is; `undefined` where nothing narrows it to
 * accounts. An ARN that is unique without an account (a bucket's) narrows it to none. A wildcard where the account
 * stands narrows nothing.
 */
export function accountsOf(statement: PolicyStatement): readonly string[] | undefined {
  return accountsBy(statement, ARNS);
}

/**
 * The same of a statement for a service, which says in the encryption context for whom it acts. Other principals can
 * put anything there.
 */
export function accountsOfService(statement: PolicyStatement): readonly string[] | undefined {
  return accountsBy(statement, [...ARNS, ...encryptionContexts(statement)]);
}

function accountsBy(statement: PolicyStatement, arnKeys: readonly string[]): readonly string[] | undefined {
  for (const key of ACCOUNTS) {
    const accounts = pinnedTo(statement, key);
    if (accounts?.every(isAccount)) return accounts;
  }
  for (const key of arnKeys) {
    const accounts = pinnedTo(statement, key)?.map(accountOfConcrete);
    if (accounts?.every((account) => account !== undefined)) return accounts.filter((account) => account !== '');
  }
  return undefined;
}

/** `kms:EncryptionContext:aws:logs:arn` and its like. */
function encryptionContexts(statement: PolicyStatement): string[] {
  return Object.values(statement.conditions)
    .flatMap((keys) => Object.keys(keys))
    .filter((key) => key.startsWith('kms:encryptioncontext:'));
}

/** The account of an ARN; empty where it is unique without one, `undefined` where wildcards leave it open. */
function accountOfConcrete(arn: string): string | undefined {
  const { account, resource = '' } = parseArn(arn) ?? {};
  if (account === undefined) return undefined;
  const name = resource.split('/')[0] ?? '';
  return (account === '' ? isConcrete(name) : isAccount(account)) ? account : undefined;
}

function isConcrete(text: string): boolean {
  return text !== '' && !/[*?]/.test(text);
}

/** A number, or what a template leaves to its deployment. */
function isAccount(text: string): boolean {
  return /^(?:\d{12}|\$\{.+\})$/.test(text);
}
