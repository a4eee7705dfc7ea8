/** What the ARN of a secret says: `arn:aws:secretsmanager:us-east-1:111122223333:secret:appdb-AbC123`. */

/** The region of the secret: a client for another region does not find it. */
export function regionOfSecret(arn: string): string {
  return arn.split(':')[3] ?? '';
}

/** Its name, with the suffix of six characters where the ARN has one. */
export function nameOfSecret(arn: string): string {
  return arn.split(':').slice(6).join(':');
}

/** Whether it ends like a complete ARN. A name may itself end like that, so this is not proof. */
export function looksComplete(arn: string): boolean {
  return /-[A-Za-z0-9]{6}$/.test(arn);
}

/**
 * Whether the returned secret is the requested one: the same ARN, or the given one plus the six characters that Secrets
 * Manager appends.
 */
export function isSameSecret(given: string, answered: string): boolean {
  return (
    answered === given ||
    (answered.startsWith(`${given}-`) && /^[A-Za-z0-9]{6}$/.test(answered.slice(given.length + 1)))
  );
}
