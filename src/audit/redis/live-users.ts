/** Who may sign in to the caches of an account: the members of their user groups. */
import { DescribeUserGroupsCommand, DescribeUsersCommand, type User } from '@aws-sdk/client-elasticache';
import type { AwsReader } from '../live/reader.js';
import { fromReadings, known, type Reading, UnknownReading, valueOf } from '../model/reading.js';
import { BUILT_IN_USER, type CacheUserFact, isEnabled, type ReplicationGroupFact } from './facts.js';

/** The members of each user group. */
export type Users = Reading<ReadonlyMap<string, readonly CacheUserFact[]>>;

/** @param needed whether any cache has a user group */
export async function readUsers(aws: AwsReader, needed: boolean): Promise<Users> {
  if (!needed) return known(new Map());
  const subject = { kind: 'replicationGroups', attributes: ['users'] } as const;
  const [groups, users] = await Promise.all([
    aws.list({
      action: 'elasticache:DescribeUserGroups',
      subject,
      page: (Marker) => new DescribeUserGroupsCommand({ Marker }),
      send: (command, options) => aws.clients.elastiCache.send(command, options),
      next: ({ Marker }) => Marker,
      items: ({ UserGroups }) => UserGroups,
    }),
    aws.list({
      action: 'elasticache:DescribeUsers',
      subject,
      page: (Marker) => new DescribeUsersCommand({ Marker }),
      send: (command, options) => aws.clients.elastiCache.send(command, options),
      next: ({ Marker }) => Marker,
      items: ({ Users }) => Users,
    }),
  ]);
  return fromReadings(() => {
    const facts = new Map(valueOf(users).map((user) => [user.UserId ?? '', userFact(user)]));
    return new Map(
      valueOf(groups).map(({ UserGroupId = '', UserIds = [] }) => [
        UserGroupId,
        UserIds.map((id) => facts.get(id) ?? (id === BUILT_IN_USER.name ? BUILT_IN_USER : notListed('user', id))),
      ]),
    );
  });
}

function userFact({ UserName = '', AccessString = '', Authentication }: User): CacheUserFact {
  const withoutPassword = Authentication?.Type === undefined || Authentication.Type === 'no-password';
  return { name: UserName, enabled: isEnabled(AccessString), withoutPassword };
}

/** Those of some user groups. */
export function usersOf(groups: readonly string[], users: Users): ReplicationGroupFact['users'] {
  return fromReadings(() => groups.flatMap((id) => valueOf(users).get(id) ?? notListed('user group', id)));
}

/** @throws UnknownReading always */
function notListed(what: string, id: string): never {
  throw new UnknownReading({ reason: `The ${what} ${id} of a cache is not among those listed.` });
}
