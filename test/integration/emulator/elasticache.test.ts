import {
  CreateReplicationGroupCommand,
  CreateUserCommand,
  CreateUserGroupCommand,
  DeleteUserCommand,
  DescribeReplicationGroupsCommand,
  DescribeUserGroupsCommand,
  DescribeUsersCommand,
  ElastiCacheClient,
  ModifyReplicationGroupCommand,
  ModifyUserCommand,
  ModifyUserGroupCommand,
  type ModifyReplicationGroupCommandInput,
} from '@aws-sdk/client-elasticache';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { clientOptions } from './stacks.js';

const emulator = useEmulator();
const ReplicationGroupId = 'fintech-redis';
const [OLD, NEW, NEWEST] = ['first-auth-token-1', 'second-auth-token-2', 'third-auth-token-3'] as const;
let client: ElastiCacheClient;

beforeAll(() => {
  client = new ElastiCacheClient(clientOptions(emulator));
});

const describeGroup = async () =>
  (await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId }))).ReplicationGroups![0]!;

const tokens = async () =>
  (await (await fetch(`${emulator.endpoint}/emulator/auth-tokens?group=${ReplicationGroupId}`)).json()) as string[];

const modify = (options: Omit<ModifyReplicationGroupCommandInput, 'ReplicationGroupId'>) =>
  client.send(new ModifyReplicationGroupCommand({ ReplicationGroupId, ApplyImmediately: true, ...options }));

/** Looks at the group until its change has taken effect. */
async function settled() {
  for (;;) {
    const group = await describeGroup();
    if (group.Status === 'available') return group;
  }
}

describe('an AUTH token', () => {
  beforeAll(async () => {
    await client.send(
      new CreateReplicationGroupCommand({
        ReplicationGroupId,
        ReplicationGroupDescription: 'cache',
        Engine: 'redis',
        CacheNodeType: 'cache.t4g.medium',
        TransitEncryptionEnabled: true,
        AuthToken: OLD,
      }),
    );
  });

  it('is rotated beside the old one, and then set alone', async () => {
    expect(await tokens()).toEqual([OLD]);
    const { ReplicationGroup } = await modify({ AuthToken: NEW, AuthTokenUpdateStrategy: 'ROTATE' });
    expect(ReplicationGroup).toMatchObject({
      Status: 'modifying',
      PendingModifiedValues: { AuthTokenStatus: 'ROTATING' },
    });
    expect(await describeGroup()).toMatchObject({ Status: 'modifying' });
    await expect(modify({ AuthToken: NEW, AuthTokenUpdateStrategy: 'SET' })).rejects.toMatchObject({
      name: 'InvalidReplicationGroupStateFault',
    });
    expect((await settled()).PendingModifiedValues?.AuthTokenStatus).toBeUndefined();
    expect(await tokens()).toEqual([OLD, NEW]);

    await modify({ AuthToken: NEW, AuthTokenUpdateStrategy: 'SET' });
    expect(await describeGroup()).toMatchObject({ PendingModifiedValues: { AuthTokenStatus: 'SETTING' } });
    expect((await settled()).AuthTokenEnabled).toBe(true);
    expect(await tokens()).toEqual([NEW]);
  });

  it('replaces the oldest of two when it is rotated again', async () => {
    await modify({ AuthToken: NEWEST, AuthTokenUpdateStrategy: 'ROTATE' });
    await settled();
    await modify({ AuthToken: OLD, AuthTokenUpdateStrategy: 'ROTATE' });
    await settled();
    expect(await tokens()).toEqual([NEWEST, OLD]);
  });

  it.each(['short', 'has-a-percent-sign-%', 'has a blank in the middle'])(
    'is refused when malformed, and not repeated: %s',
    async (token) => {
      const refusal = modify({ AuthToken: token, AuthTokenUpdateStrategy: 'SET' });
      await expect(refusal).rejects.toThrow(/16 to 128 printable characters/);
      await expect(refusal).rejects.not.toThrow(token);
    },
  );

  it('goes when users take its place', async () => {
    await expect(modify({ AuthTokenUpdateStrategy: 'DELETE' })).rejects.toThrow(/user groups/);
    await createUser('off', 'default');
    await client.send(new CreateUserGroupCommand({ UserGroupId: 'instead', Engine: 'redis', UserIds: ['off'] }));
    await modify({ AuthTokenUpdateStrategy: 'DELETE', UserGroupIdsToAdd: ['instead'] });
    expect(await settled()).toMatchObject({ AuthTokenEnabled: false, UserGroupIds: ['instead'] });
    expect(await tokens()).toEqual([]);
  });
});

const createUser = (UserId: string, UserName: string) =>
  client.send(
    new CreateUserCommand({
      UserId,
      UserName,
      Engine: 'redis',
      AccessString: 'on ~* +@all',
      Passwords: [`password-of-${UserId}-1`],
    }),
  );

describe('users and their groups', () => {
  it('take two passwords at most, and are pending until they are looked at', async () => {
    await createUser('app', 'app');
    const Passwords = ['password-of-app-1', 'password-of-app-2'];
    const changed = await client.send(new ModifyUserCommand({ UserId: 'app', Passwords }));
    expect(changed).toMatchObject({ Status: 'modifying', Authentication: { Type: 'password', PasswordCount: 2 } });
    await client.send(new DescribeUsersCommand({ UserId: 'app' }));
    const { Users } = await client.send(new DescribeUsersCommand({ UserId: 'app' }));
    expect(Users?.[0]).toMatchObject({ Status: 'active', Authentication: { PasswordCount: 2 } });
    await expect(
      client.send(new ModifyUserCommand({ UserId: 'app', Passwords: [...Passwords, 'password-of-app-3'] })),
    ).rejects.toThrow(/no more than two/);
  });

  it('need a default user in a group of Redis, and no two of one name', async () => {
    await expect(
      client.send(new CreateUserGroupCommand({ UserGroupId: 'g', Engine: 'redis', UserIds: ['app'] })),
    ).rejects.toThrow(/user name default/);
    await createUser('app-next', 'app');
    await createUser('nobody', 'default');
    await client.send(new CreateUserGroupCommand({ UserGroupId: 'g', Engine: 'redis', UserIds: ['nobody', 'app'] }));
    await expect(
      client.send(new ModifyUserGroupCommand({ UserGroupId: 'g', UserIdsToAdd: ['app-next'] })),
    ).rejects.toThrow(/two users of one name/);
    await client.send(
      new ModifyUserGroupCommand({ UserGroupId: 'g', UserIdsToAdd: ['app-next'], UserIdsToRemove: ['app'] }),
    );
    const { UserGroups } = await client.send(new DescribeUserGroupsCommand({ UserGroupId: 'g' }));
    expect(UserGroups?.[0]?.UserIds).toEqual(['nobody', 'app-next']);
  });

  it('leave their group when they are deleted', async () => {
    await client.send(new DeleteUserCommand({ UserId: 'app-next' }));
    const { UserGroups } = await client.send(new DescribeUserGroupsCommand({ UserGroupId: 'g' }));
    expect(UserGroups?.[0]?.UserIds).toEqual(['nobody']);
    await expect(client.send(new ModifyUserCommand({ UserId: 'app-next', AccessString: 'on' }))).rejects.toThrow(
      /not found/,
    );
  });
});
