/**
 * The secret that a user of a self-managed server belongs to, as a key pattern of a second user that cannot sign in. Servers
 * add patterns at the end: of two secrets that claim a user at the same moment, the one that came first has it.
 */
import * as z from 'zod';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { ofAnotherSecret } from './owner.js';

/** The user that says whose `username` is. */
export function ownerUser(username: string): string {
  return `holdfast-rotation:${username}`;
}

/**
 * @param run sends a command as an administrator
 * @param once called for a user without a mark, with what makes it
 * @throws HoldfastError ROTATION_REFUSED for the user of another secret
 */
export async function requireOwnAclUser(
  username: string,
  secretId: string,
  run: (command: readonly string[]) => Promise<unknown>,
  once: (mark: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const mark = ownerUser(username);
  const owner = async () => firstPattern(mark, await run(['ACL', 'GETUSER', mark]));
  let found = await owner();
  if (found === undefined) {
    await once(async () => void (await run(['ACL', 'SETUSER', mark, 'off', 'nocommands', `~${secretId}`])));
    found = await owner();
  }
  if (found !== secretId) {
    throw ofAnotherSecret(
      `The user ${quoted(username)}`,
      found ?? 'whose mark has just been taken away',
      `ACL DELUSER ${mark}`,
    );
  }
}

/** A list of patterns before Redis 7, then a text with blanks between them; no user at all is null. */
const answered = z.object({ keys: z.union([z.array(z.string()), z.string()]) });

function firstPattern(mark: string, answer: unknown): string | undefined {
  if (answer === null) return undefined;
  const result = answered.safeParse(Array.isArray(answer) ? { keys: fieldOf(answer, 'keys') } : answer);
  if (!result.success) {
    throw new HoldfastError(
      'ROTATION_FAILED',
      `ACL GETUSER ${mark}: the answer lists no key patterns, so whose the user is cannot be told.`,
    );
  }
  const { keys } = result.data;
  const [first] = typeof keys === 'string' ? keys.split(' ') : keys;
  return first ? first.replace(/^~/, '') : undefined;
}

function fieldOf(namesAndValues: readonly unknown[], name: string): unknown {
  const at = namesAndValues.indexOf(name);
  return at < 0 ? undefined : namesAndValues[at + 1];
}
