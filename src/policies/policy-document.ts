/** IAM policies as JSON, and the size that AWS holds them to. */
import { HoldfastError } from '../core/errors.js';

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  /** Absent in policies of a role. */
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Condition;
}

/** Operator, then key, then the values of which one must match. */
export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** AWS's limits, in bytes: of a bucket's policy, a key's, and the sum of a role's inline policies. */
export const POLICY_LIMITS = { bucket: 20_480, key: 32_768, role: 10_240 } as const;

/**
 * The document of these statements.
 *
 * @param kind whose policy it is; AWS refuses a longer one, but only during deployment
 * @throws HoldfastError CONFIG_INVALID when it is longer than AWS allows
 */
export function policyDocument(kind: keyof typeof POLICY_LIMITS, statements: readonly Statement[]): PolicyDocument {
  const document = { Version: '2012-10-17', Statement: statements } as const;
  const bytes = Buffer.byteLength(JSON.stringify(document));
  if (bytes <= POLICY_LIMITS[kind]) return document;
  throw new HoldfastError(
    'CONFIG_INVALID',
    `The policy of the ${kind} would have ${bytes} bytes; AWS allows at most ${POLICY_LIMITS[kind]}.`,
    { hint: 'Spread the databases over several vaults, or name fewer roles.' },
  );
}

/** One value as it is, several as a list: what AWS returns, so that like is compared with like. */
export function oneOrMore(values: readonly string[]): string | readonly string[] {
  const [only, ...others] = values;
  return only !== undefined && others.length === 0 ? only : values;
}
