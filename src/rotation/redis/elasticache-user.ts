/** A user of a user group: it may have two passwords, and is given all of them with each change. */
import { DescribeUsersCommand, ModifyUserCommand, type ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { Secret } from '../../core/secret.js';
import { requireOwnTag } from './elasticache-owner.js';
import { elastiCacheError, waitWhile, type Waiting } from './elasticache-waiting.js';
import { DEFAULT_USER, type PasswordControl } from './password-control.js';

export function elastiCacheUser(
  client: ElastiCacheClient,
  UserId: string,
  secretId: string,
  waiting: Waiting,
): PasswordControl {
  const describe = async () => {
    const { Users } = await client.send(new DescribeUsersCommand({ UserId })).catch((error: unknown) => {
      throw elastiCacheError(error, `Describing ${UserId}`, 'elasticache:DescribeUsers');
    });
    return Users?.[0];
  };
  const settle = () =>
    waitWhile(
      `The user ${UserId}`,
      async () => {
        const status = (await describe())?.Status;
        return status === 'active' ? undefined : (status ?? 'missing');
      },
      waiting,
    );
  const modify = async (...passwords: readonly Secret[]) => {
    await settle();
    const Passwords = passwords.map((password) => password.reveal());
    await client.send(new ModifyUserCommand({ UserId, Passwords })).catch((error: unknown) => {
      throw elastiCacheError(error, `Changing the passwords of ${UserId}`, 'elasticache:ModifyUser');
    });
    await settle();
  };
  return {
    async requireUser({ username = DEFAULT_USER }) {
      const name = (await describe())?.UserName ?? '';
      if (name === username) return;
      throw new HoldfastError(
        'ROTATION_REFUSED',
        `The secret names the user ${quoted(username)}: this rotation is only for ${quoted(name)} (${UserId}).`,
        { hint: 'Find out who changed the secret. If another user is meant, name its id in control.userId.' },
      );
    },
    async requireOwn() {
      await requireOwnTag(client, `The user ${UserId}`, (await describe())?.ARN ?? '', secretId);
    },
    admitBoth: modify,
    async admitOnly(password, stillWanted) {
      await settle();
      if (!(await stillWanted())) return false;
      await modify(password);
      return true;
    },
    settle,
  };
}
