import { known } from '../../../src/audit/model/reading.js';
import {
  redisAtRestCmk,
  redisAuth,
  redisAuthVerified,
  redisFailover,
  redisInTransit,
  redisMinorUpgrades,
  redisSnapshots,
  redisSubnetGroup,
} from '../../../src/audit/redis/controls.js';
import { fixture, type Fixture } from '../fixture.js';

export const REDIS_FIXTURES: readonly Fixture[] = [
  fixture({
    control: redisAtRestCmk,
    declared: { replicationGroups: ['cache'] },
    reads: ['atRestEncryption', 'kmsKeyId'],
    fails: [
      ['It is not encrypted at rest.', { atRestEncryption: known(false) }],
      ['It is not encrypted with a customer managed key.', { kmsKeyId: known(undefined) }],
    ],
  }),
  fixture({
    control: redisInTransit,
    reads: ['transitEncryption', 'transitEncryptionMode'],
    fails: [
      ['Encryption in transit is off.', { transitEncryption: known(false) }],
      [
        'The mode is preferred: connections without TLS are accepted as well.',
        { transitEncryptionMode: known('preferred') },
      ],
    ],
  }),
  fixture({
    control: redisAuth,
    declared: { replicationGroups: ['cache'] },
    reads: ['authTokenEnabled', 'userGroups', 'users'],
    fails: [
      ['It has neither an AUTH token nor a user group.', { userGroups: known([]) }],
      [
        'The user default can sign in without a password.',
        { users: known([{ name: 'default', enabled: true, withoutPassword: true }]) },
      ],
    ],
  }),
  fixture({
    control: redisAuthVerified,
    reads: ['credentialProbe'],
    fails: [
      [
        'The credential in the secret is refused.',
        { credentialProbe: known({ withCredential: false, without: false }) },
      ],
      [
        'A client without a credential is accepted.',
        { credentialProbe: known({ withCredential: true, without: true }) },
      ],
    ],
  }),
  fixture({
    control: redisFailover,
    reads: ['automaticFailover', 'multiAz'],
    fails: [
      ['Automatic failover is off.', { automaticFailover: known(false) }],
      ['Multi-AZ is off.', { multiAz: known(false) }],
    ],
  }),
  fixture({
    control: redisSnapshots,
    reads: ['snapshotRetention', 'snapshotWindow'],
    fails: [
      ['Snapshots are kept for 6 days; at least 7 are required.', { snapshotRetention: known(6) }],
      ['No snapshot window is set.', { snapshotWindow: known(undefined) }],
    ],
  }),
  fixture({
    control: redisMinorUpgrades,
    reads: ['autoMinorVersionUpgrade'],
    fails: [['Minor versions are not upgraded automatically.', { autoMinorVersionUpgrade: known(false) }]],
  }),
  fixture({
    control: redisSubnetGroup,
    reads: ['subnetGroup'],
    fails: [
      ['It is in the default subnet group.', { subnetGroup: known('default') }],
      ['It is in the default subnet group.', { subnetGroup: known(undefined) }],
    ],
  }),
];
