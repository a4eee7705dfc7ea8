/**
 * AUTH of a replication group. ROTATE adds a token and keeps the last one; SET leaves one alone. Connections that are
 * open stay open under both; SET before every client has the new token would refuse those that connect again.
 */
import {
  DescribeReplicationGroupsCommand,
  ModifyReplicationGroupCommand,
  type AuthTokenUpdateStrategyType,
  type ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { Secret } from '../../core/secret.js';
import { requireOwnTag } from './elasticache-owner.js';
import { elastiCacheError, waitWhile, type Waiting } from './elasticache-waiting.js';
import { DEFAULT_USER, type PasswordControl } from './password-control.js';

export function elastiCacheAuth(
  client: ElastiCacheClient,
  ReplicationGroupId: string,
  secretId: string,
  waiting: Waiting,
): PasswordControl {
  const what = `The replication group ${ReplicationGroupId}`;
  const describe = async () => {
    const { ReplicationGroups } = await client
      .send(new DescribeReplicationGroupsCommand({ ReplicationGroupId }))
      .catch((error: unknown) => {
        throw elastiCacheError(error, `Describing ${ReplicationGroupId}`, 'elasticache:DescribeReplicationGroups');
      });
    return ReplicationGroups?.[0];
  };
  const settle = () =>
    waitWhile(
      what,
      async () => {
        const group = await describe();
        if (group?.PendingModifiedValues?.AuthTokenStatus) return group.PendingModifiedValues.AuthTokenStatus;
        return group?.Status === 'available' ? undefined : (group?.Status ?? 'missing');
      },
      waiting,
    );
  const modify = async (AuthToken: Secret, AuthTokenUpdateStrategy: AuthTokenUpdateStrategyType) => {
    // A second change while the first is under way is refused.
    await settle();
    const input = {
      ReplicationGroupId,
      AuthToken: AuthToken.reveal(),
      AuthTokenUpdateStrategy,
      ApplyImmediately: true,
    };
    await client.send(new ModifyReplicationGroupCommand(input)).catch((error: unknown) => {
      throw elastiCacheError(
        error,
        `Changing AUTH (${AuthTokenUpdateStrategy}) of ${ReplicationGroupId}`,
        'elasticache:ModifyReplicationGroup',
      );
    });
    await settle();
  };
  return {
    requireUser: ({ username = DEFAULT_USER }) =>
      username === DEFAULT_USER ? Promise.resolve() : Promise.reject(withoutUsers(username)),
    async requireOwn() {
      await requireOwnTag(client, what, (await describe())?.ARN ?? '', secretId);
    },
    admitBoth: (_, pending) => modify(pending, 'ROTATE'),
    async admitOnly(password, stillWanted) {
      await settle();
      if (!(await stillWanted())) return false;
      await modify(password, 'SET');
      return true;
    },
    settle,
  };
}

function withoutUsers(username: string): HoldfastError {
  return new HoldfastError(
    'ROTATION_REFUSED',
    `The secret names the user ${quoted(username)}: a replication group with AUTH has one token, and no users.`,
    { hint: 'Find out who changed the secret; take username out of it.' },
  );
}
