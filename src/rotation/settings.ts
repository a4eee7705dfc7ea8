/** How one secret is rotated: the environment of a rotation function, and `--settings` of the command line. */
import * as z from 'zod';
import { issueProblems } from '../core/error-details.js';
import { HoldfastError } from '../core/errors.js';
import { postgresSettingsSchema } from './postgres/postgres-settings.js';
import { redisSettingsSchema } from './redis/redis-settings.js';

const rotationSettingsSchema = z.discriminatedUnion('kind', [
  postgresSettingsSchema.extend({ kind: z.literal('postgres') }),
  redisSettingsSchema.extend({ kind: z.literal('redis') }),
  z.strictObject({ kind: z.literal('encryption-key') }),
  z.strictObject({ kind: z.literal('api-keys') }),
]);

export type RotationSettings = z.output<typeof rotationSettingsSchema>;
/** As written: what has a default may be left out. */
export type RotationSettingsInput = z.input<typeof rotationSettingsSchema>;

/**
 * @param where for messages: the name of the file or variable
 * @throws HoldfastError CONFIG_INVALID
 */
export function parseRotationSettings(text: string, where: string): RotationSettings {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new HoldfastError('CONFIG_INVALID', `Reading the rotation's settings in ${where}: they are not JSON.`, {
      cause: error,
    });
  }
  const result = rotationSettingsSchema.safeParse(document);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'kind'}: ${message}`);
  throw new HoldfastError('CONFIG_INVALID', `The rotation's settings in ${where}: ${problems.join('; ')}.`, {
    hint: 'docs/reference/rotation.md lists them.',
    details: issueProblems(result.error.issues),
  });
}

/**
 * What kind of secret a text is, where that can be told; its settings are then the defaults. A database user's cannot: whom
 * a rotation may touch is not for the secret to say.
 */
export function guessSettings(text: string): RotationSettings | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof document !== 'object' || document === null) return undefined;
  return 'keys' in document && Array.isArray(document.keys) ? { kind: 'encryption-key' } : undefined;
}
