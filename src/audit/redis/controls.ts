/** What is required of Redis and Valkey caches. */
import { keyProblems } from '../kms/facts.js';
import { controlList } from '../model/control.js';
import { valueOf } from '../model/reading.js';

const { controls, define } = controlList();
export { controls };

export const redisAtRestCmk = define({
  id: 'redis-at-rest-cmk',
  title: 'Caches are encrypted at rest with the expected key.',
  severity: 'medium',
  references: {
    pci: ['3.5.1'],
    nist: ['SC-13', 'SC-28(1)'],
    iso: ['A.8.24'],
    runbook: ['5.1'],
    knownAs: ['SH ElastiCache.4', 'CKV_AWS_191'],
  },
  remediation:
    'Encryption at rest can only be set when a replication group is created: restore a backup into a new one.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  expects: (declared) => declared.replicationGroups,
  *check(group, context) {
    if (!valueOf(group.atRestEncryption)) yield 'It is not encrypted at rest.';
    else yield* keyProblems(valueOf(group.kmsKeyId), context, 'dataLayer');
  },
});

export const redisInTransit = define({
  id: 'redis-in-transit',
  title: 'Connections to caches use TLS.',
  severity: 'medium',
  references: {
    pci: ['4.2.1'],
    nist: ['SC-8', 'SC-8(1)'],
    iso: ['A.8.24'],
    runbook: ['5.1'],
    knownAs: ['SH ElastiCache.5'],
  },
  remediation: 'Turn on encryption in transit, with the mode required.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  *check(group) {
    if (!valueOf(group.transitEncryption)) {
      yield 'Encryption in transit is off.';
      return;
    }
    const mode = valueOf(group.transitEncryptionMode) ?? 'required';
    if (mode !== 'required') yield `The mode is ${mode}: connections without TLS are accepted as well.`;
  },
});

export const redisAuth = define({
  id: 'redis-auth',
  title: 'Caches require a credential, whatever their version.',
  severity: 'medium',
  references: {
    pci: ['8.3.1'],
    nist: ['AC-3', 'IA-2'],
    iso: ['A.8.5'],
    runbook: ['5.1', '7.2.6'],
    knownAs: ['SH ElastiCache.6'],
  },
  remediation:
    'Give the replication group a user group or an AUTH token; give each user a password or IAM authentication, and turn the others off.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  expects: (declared) => declared.replicationGroups,
  *check(group) {
    if (!valueOf(group.authTokenEnabled) && valueOf(group.userGroups).length === 0)
      yield 'It has neither an AUTH token nor a user group.';
    for (const { name, enabled, withoutPassword } of valueOf(group.users)) {
      if (enabled && withoutPassword) yield `The user ${name} can sign in without a password.`;
    }
  },
});

export const redisAuthVerified = define({
  id: 'redis-auth-verified',
  title: 'The cache accepts the credential in the secret and refuses a client without one.',
  severity: 'high',
  references: { pci: ['8.3.1'], nist: ['AC-3', 'IA-2'], iso: ['A.8.5'], runbook: ['5.1', '7.2.6'] },
  remediation: 'Rotate the secret (holdfast rotate), or check the user group.',
  evaluatedOn: ['live'],
  kind: 'replicationGroups',
  *check(group) {
    const { withCredential, without } = valueOf(group.credentialProbe);
    if (!withCredential) yield 'The credential in the secret is refused.';
    if (without) yield 'A client without a credential is accepted.';
  },
});

export const redisFailover = define({
  id: 'redis-failover',
  title: 'Caches fail over automatically, to another zone.',
  severity: 'medium',
  references: {
    soc2: ['A1.2'],
    nist: ['CP-10', 'SC-5(2)'],
    iso: ['A.8.14'],
    runbook: ['5.1'],
    knownAs: ['SH ElastiCache.3'],
  },
  remediation: 'Turn on automatic failover and Multi-AZ.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  *check(group) {
    if (!valueOf(group.automaticFailover)) yield 'Automatic failover is off.';
    if (!valueOf(group.multiAz)) yield 'Multi-AZ is off.';
  },
});

export const redisSnapshots = define({
  id: 'redis-snapshots',
  title: 'Snapshots are kept for at least 7 days and taken in a set window.',
  severity: 'high',
  references: {
    soc2: ['A1.2'],
    nist: ['CP-9', 'CP-10'],
    iso: ['A.8.13'],
    runbook: ['5.1'],
    knownAs: ['SH ElastiCache.1'],
  },
  remediation: 'Set SnapshotRetentionLimit to 7 or more, and set a SnapshotWindow.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  *check(group) {
    const days = valueOf(group.snapshotRetention);
    if (days < 7) yield `Snapshots are kept for ${days} days; at least 7 are required.`;
    if (valueOf(group.snapshotWindow) === undefined) yield 'No snapshot window is set.';
  },
});

export const redisMinorUpgrades = define({
  id: 'redis-minor-upgrades',
  title: 'Minor versions are upgraded automatically.',
  severity: 'high',
  references: { pci: ['6.3.3'], nist: ['SI-2'], iso: ['A.8.8'], runbook: ['5.1'], knownAs: ['SH ElastiCache.2'] },
  remediation: 'Turn on AutoMinorVersionUpgrade.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  *check(group) {
    if (!valueOf(group.autoMinorVersionUpgrade)) yield 'Minor versions are not upgraded automatically.';
  },
});

export const redisSubnetGroup = define({
  id: 'redis-subnet-group',
  title: 'Caches are in their own subnet group.',
  severity: 'high',
  references: { nist: ['SC-7'], iso: ['A.8.22'], runbook: ['5.1'], knownAs: ['SH ElastiCache.7'] },
  remediation: 'The subnet group can only be set when a replication group is created: create a new one in it.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  *check(group) {
    const name = valueOf(group.subnetGroup);
    if (name === undefined || name === 'default') yield 'It is in the default subnet group.';
  },
});
