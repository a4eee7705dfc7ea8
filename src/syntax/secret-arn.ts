/** What the ARN of a secret says: `arn:aws:secretsmanager:us-east-1:111122223333:secret:appdb-AbC123`. */
import { parseArn } from './arn.js';

/** What Secrets Manager appends to a name. A name may itself end like that. */
const SUFFIX = /-[A-Za-z0-9]{6}$/;
const KIND = 'secret:';

/** The Region of the secret, where a client for another Region does not find it; `undefined` for a bare name. */
export function regionOfSecret(secret: string): string | undefined {
  const arn = parseArn(secret);
  return arn?.service === 'secretsmanager' ? arn.region : undefined;
}

/** Its name, with the suffix of six characters where the ARN has one; a bare name is its own. */
export function nameOfSecret(secret: string): string {
  const { resource = '' } = parseArn(secret) ?? {};
  return resource.startsWith(KIND) ? resource.slice(KIND.length) : secret;
}

/** Its name without the suffix. */
export function bareNameOfSecret(secret: string): string {
  const name = nameOfSecret(secret);
  return name === secret ? secret : name.replace(SUFFIX, '');
}

/** Whether it ends like a complete ARN. A name may itself end like that, so this is not proof. */
export function looksComplete(arn: string): boolean {
  return SUFFIX.test(arn);
}

/**
 * Whether the returned secret is the requested one: the same ARN, or the given one plus the six characters that Secrets
 * Manager appends.
 */
export function isSameSecret(given: string, answered: string): boolean {
  return answered === given || (answered.startsWith(`${given}-`) && SUFFIX.exec(answered)?.index === given.length);
}

/**
 * A secret's ARN as IAM has to match it: Secrets Manager appends a hyphen and six characters to the name. `-*` would
 * match other secrets too, whose names begin with this one's.
 *
 * @returns two where the end may be either: `…:app-shard1` can be a name or, once in twenty-five, `app` with its
 *   suffix, which has no capital letter then; give the complete ARN of a secret whose name ends like `-SHARD1`
 */
export function completeSecretArns(arn: string): readonly string[] {
  const suffix = SUFFIX.exec(arn)?.[0];
  if (suffix === undefined) return [`${arn}-??????`];
  return /[A-Z]/.test(suffix) ? [arn] : [arn, `${arn}-??????`];
}
