/** A user of a user group: it may have two passwords, and is given all of them with each change. */
import { DescribeUsersCommand, ModifyUserCommand, type ElastiCacheClient } from '@aws-sdk/client-elasticache';
import type { Secret } from '../../core/secret.js';
import { elastiCacheError, waitWhile, type Waiting } from './elasticache-waiting.js';
import type { PasswordControl } from './password-control.js';

export function elastiCacheUser(client: ElastiCacheClient, UserId: string, waiting: Waiting): PasswordControl {
  const settle = () =>
    waitWhile(
      `The user ${UserId}`,
      async () => {
        const { Users } = await client.send(new DescribeUsersCommand({ UserId })).catch((error: unknown) => {
          throw elastiCacheError(error, `Describing ${UserId}`, 'elasticache:DescribeUsers');
        });
        const status = Users?.[0]?.Status;
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
  return { admitBoth: modify, admitOnly: modify, settle };
}
