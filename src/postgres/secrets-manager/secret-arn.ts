/** What the ARN of a secret says: `arn:aws:secretsmanager:us-east-1:111122223333:secret:appdb-AbC123`. */

/** The region that the secret lies in: a client of another one does not find it. */
export function regionOfSecret(arn: string): string {
  return arn.split(':')[3] ?? '';
}

/** Its name, with the suffix of six characters where the ARN has one. */
export function nameOfSecret(arn: string): string {
  return arn.split(':').slice(6).join(':');
}

/** Whether it ends like a complete ARN. A name may end like that by itself, so this is no proof. */
export function looksComplete(arn: string): boolean {
  return /-[A-Za-z0-9]{6}$/.test(arn);
}

/**
 * Whether the secret that was answered with is the one that was asked for: the same ARN, or the one that was given
 * without the six characters that Secrets Manager appends.
 */
export function isSameSecret(given: string, answered: string): boolean {
  return (
    answered === given ||
    (answered.startsWith(`${given}-`) && /^[A-Za-z0-9]{6}$/.test(answered.slice(given.length + 1)))
  );
}
