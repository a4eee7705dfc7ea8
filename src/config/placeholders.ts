/** Values that an example left for the reader to fill in: `<SRC_ACCT>`, `db-1.cluster-xxx…`. */
import { HoldfastError } from '../core/errors.js';

/** What to put in place of a placeholder, by its name. The first match counts. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/backup.*(acct|account)/i, 'the 12-digit number of the backup account (`aws sts get-caller-identity` there)'],
  [/(src|source).*(acct|account)/i, 'the 12-digit number of the account that the databases are in'],
  [/(acct|account)/i, 'the 12-digit number of the AWS account'],
  [/(cmk|key)/i, 'the id of the customer-managed KMS key in the backup account (`aws kms describe-key` shows it)'],
  [/bucket/i, "the name of the vault's bucket in the backup account"],
  [/region/i, 'the code of the AWS Region, for example us-east-1'],
  [/secret/i, 'the name of the secret in Secrets Manager'],
  [/cluster-/i, "the server's real endpoint (`aws rds describe-db-clusters --query 'DBClusters[].Endpoint'`)"],
  [/(host|endpoint)/i, "the server's host name"],
];

const TOKEN = /<[A-Za-z][A-Za-z0-9_ .-]*>|\b(?:CHANGE|REPLACE)_?ME\b/g;
const EXAMPLE_ENDPOINT = /[a-z0-9-]+\.cluster-(?:ro-)?(?:x{3,}|y{3,}|z{3,}|\.{3})[a-z0-9.-]*/i;

/** One value that is still to be filled in. */
export interface Placeholder {
  /** As it stands in the file: `<SRC_ACCT>`. */
  readonly token: string;
  /** What to put there, without a period. */
  readonly advice: string;
}

/** The placeholders in a text, each once. */
export function placeholdersIn(text: string): Placeholder[] {
  const tokens = [...text.matchAll(TOKEN)].map((match) => match[0]);
  const endpoint = tokens.length === 0 ? EXAMPLE_ENDPOINT.exec(text)?.[0] : undefined;
  if (endpoint !== undefined) tokens.push(endpoint);
  return [...new Set(tokens)].map((token) => ({ token, advice: adviceFor(token) }));
}

/** Whether a text still has something to be filled in: until then its form cannot be checked. */
export function isPlaceholder(text: string): boolean {
  return placeholdersIn(text).length > 0;
}

/**
 * Refuses to work with a part of the config that is not filled in. A config with placeholders loads, with warnings,
 * so that listing and planning work; anything that connects or uploads calls this first.
 *
 * @param what what the part is, for the message: `database "appdb"`
 * @throws HoldfastError CONFIG_INVALID
 */
export function requireFilledIn(what: string, part: unknown): void {
  const found = [
    ...new Map(
      textsOf(part)
        .flatMap(placeholdersIn)
        .map((item) => [item.token, item]),
    ).values(),
  ];
  if (found.length === 0) return;
  const list = found.map(({ token, advice }) => `  ${token}: put ${advice}`).join('\n');
  throw new HoldfastError('CONFIG_INVALID', `The config of ${what} still contains placeholders:\n${list}`, {
    hint: 'Fill in the values named above.',
    details: {
      problems: found.map(({ token, advice }) => ({ path: null, line: null, message: `${token}: put ${advice}` })),
    },
  });
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsOf);
  return [];
}

function adviceFor(token: string): string {
  return ADVICE.find(([pattern]) => pattern.test(token))?.[1] ?? 'the real value';
}
