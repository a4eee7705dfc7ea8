/** The secrets of caches, for trying their credentials on the caches themselves. */
import type { Secret } from '../../core/secret.js';

/** What the secret holds: a user and a password, or an AUTH token alone. */
export interface RedisCredential {
  readonly username?: string;
  readonly password: Secret;
  /** Certificates of the authorities to trust, PEM. @default those of Node.js */
  readonly ca?: string;
}

/** The secrets of the caches, in Secrets Manager. */
export interface RedisSecret {
  /** Its ARN; undefined: this cache is not tried. */
  readonly of: (replicationGroup: string) => string | undefined;
  /** What is in it. @throws HoldfastError where it is no credential of a cache */
  readonly parse: (text: string) => RedisCredential;
}

/** Not part of `auditReadPolicy`: only those who ask for this one secret to be read need it. */
export const READS_REDIS_SECRET = 'secretsmanager:GetSecretValue';
