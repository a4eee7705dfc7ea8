/** Whose passwords a rotation changes: each user of a server may be the subject of one secret alone. */
import { declaredUsers } from '../../rotation/postgres/declared-users.js';
import type { RotationSettingsInput } from '../../rotation/settings.js';

/** Names for what is changed, equal for two rotations that change the same. Places may be tokens of the CDK. */
export function rotatedUsers(settings: RotationSettingsInput): readonly string[] {
  switch (settings.kind) {
    case 'postgres': {
      const { strategy = 'alternating', users, hosts = [], administratorSecretArn } = settings;
      const places = [...hosts, ...(administratorSecretArn === undefined ? [] : [administratorSecretArn])];
      return places.flatMap((place) =>
        declaredUsers({ strategy, users }).map((user) => `the user ${user} of the database at ${place}`),
      );
    }
    case 'redis': {
      const { control, host } = settings;
      switch (control.kind) {
        case 'auth':
          return [`the AUTH token of ${control.replicationGroupId}`];
        case 'user':
          return [`the cache user ${control.userId}`];
        case 'acl':
          // The administrator's secret says where it is, unless the settings do.
          return [`the user ${control.username} of Redis at ${host ?? control.administratorSecretArn}`];
      }
    }
    case 'encryption-key':
    case 'api-keys':
      return [];
  }
}
