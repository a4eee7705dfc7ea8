/** How a Redis or Valkey secret is rotated, apart from what it says itself. */
import * as z from 'zod';

/** ElastiCache takes minutes for a change. */
const DEFAULT_TIMEOUT_S = 600;
const DEFAULT_CONNECT_TIMEOUT_S = 10;
/** Time for clients to read the secret again: more than the usual caches' five minutes. */
const DEFAULT_OVERLAP_S = 360;

/** Who is asked to change passwords. */
const control = z.discriminatedUnion('kind', [
  /** AUTH of an ElastiCache replication group. */
  z.strictObject({ kind: z.literal('auth'), replicationGroupId: z.string().min(1) }),
  /** A user of an ElastiCache user group. */
  z.strictObject({ kind: z.literal('user'), userId: z.string().min(1) }),
  /**
   * A self-managed server: the user whose passwords are changed, and the secret of an administrator that may run ACL
   * SETUSER, GETUSER and SAVE.
   */
  z.strictObject({
    kind: z.literal('acl'),
    username: z.string().min(1),
    administratorSecretArn: z.string().min(1),
  }),
]);

export const redisSettingsSchema = z.strictObject({
  control,
  /** Where passwords are tried, and `acl`'s administrator signs in. @default for `acl`, its secret's; else required */
  host: z.string().min(1).optional(),
  /** @default for `acl`, its administrator's; else 6379 */
  port: z.int().min(1).max(65_535).optional(),
  /** @default for `acl`, its administrator's; else true */
  tls: z.boolean().optional(),
  /** File with the certificates to trust. @default Node's own */
  caFile: z.string().min(1).optional(),
  /** Seconds. */
  connectTimeout: z.int().min(1).max(60).default(DEFAULT_CONNECT_TIMEOUT_S),
  /** Seconds for which the former password goes on working after the switch. */
  overlap: z.int().min(0).max(840).default(DEFAULT_OVERLAP_S),
  /** Seconds to wait for ElastiCache. */
  timeout: z.int().min(1).max(840).default(DEFAULT_TIMEOUT_S),
});

export type RedisSettings = z.output<typeof redisSettingsSchema>;
export type RedisSettingsInput = z.input<typeof redisSettingsSchema>;
