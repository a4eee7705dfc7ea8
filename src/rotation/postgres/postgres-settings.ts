/** How a PostgreSQL user is rotated, apart from what its secret says. */
import * as z from 'zod';
import { declaredRoleSchema } from './declared-role.js';

/** The server cuts longer names off, and two that were cut could be the same. */
function isRoleName(name: string): boolean {
  return Buffer.byteLength(name) <= 63 && !/\p{Cc}/u.test(name);
}

export const STRATEGIES = ['alternating', 'single'] as const;

export const postgresSettingsSchema = z.strictObject({
  strategy: z.enum(STRATEGIES).default('alternating'),
  /**
   * The only users whose passwords may be changed, whatever the secret says. With `alternating`, a second one takes
   * turns with the first.
   *
   * @default the second: the first one's name and `_clone`
   */
  users: z
    .array(
      z.string().min(1).refine(isRoleName, { error: 'is no name of a role: at most 63 bytes, no control characters' }),
    )
    .min(1)
    .max(2)
    .refine((names) => new Set(names).size === names.length, { error: 'names one user twice' }),
  /** The secret of the administrator. @default the secret's `masterarn` */
  administratorSecretArn: z.string().min(1).optional(),
  /** What the user may do: applied when it is created, and with every rotation after it. */
  role: declaredRoleSchema.optional(),
  sslmode: z.enum(['verify-full', 'verify-ca', 'require', 'disable']).optional(),
  sslrootcert: z.string().min(1).optional(),
  hosts: z.array(z.string().min(1)).min(1).optional(),
  /** The only port that is signed in to. @default where there is an administrator: the one in its secret, else 5432 */
  port: z.int().min(1).max(65_535).optional(),
  connectTimeout: z.int().min(1).max(300).optional(),
});

export type PostgresSettings = z.output<typeof postgresSettingsSchema>;
export type PostgresSettingsInput = z.input<typeof postgresSettingsSchema>;
