/**
 * What is required of databases and their snapshots: clusters of Aurora and RDS, and instances of RDS in no cluster. One
 * list of small controls, and so longer than most files.
 */
import { keyProblems } from '../kms/facts.js';
import { controlList } from '../model/control.js';
import { UnknownReading, valueOf } from '../model/reading.js';
import { canCheckTokens, instancesOf, isAurora, isPostgres, majorOf, parametersInUse } from './facts.js';
import { KNOWN_UP_TO, knownHoleOf } from './known-vulnerable.js';

const { controls, define } = controlList();
export { controls };

export const auroraCmk = define({
  id: 'aurora-cmk',
  title: 'Storage of databases is encrypted with the expected key.',
  severity: 'high',
  references: {
    pci: ['3.5.1'],
    soc2: ['CC6.1'],
    nist: ['SC-13', 'SC-28(1)'],
    cis: ['2.2.1'],
    iso: ['A.8.24'],
    runbook: ['2.2', '7.1 Aurora Encrypt'],
    knownAs: ['CKV_AWS_327'],
  },
  remediation: 'A cluster cannot be encrypted later: copy a snapshot under the key and restore it into a new cluster.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  expects: (declared) => declared.auroraClusters,
  *check(cluster, context) {
    if (!valueOf(cluster.storageEncrypted)) yield 'Storage is not encrypted.';
    else yield* keyProblems(valueOf(cluster.kmsKeyId), context, 'dataLayer');
  },
});

export const auroraDeletionProtection = define({
  id: 'aurora-deletion-protection',
  title: 'Databases are protected from deletion.',
  severity: 'medium',
  references: {
    soc2: ['C1.1'],
    nist: ['CM-3', 'SC-5(2)'],
    iso: ['A.5.33'],
    runbook: ['2.2'],
    knownAs: ['SH RDS.7', 'CKV_AWS_139'],
  },
  remediation: 'aws rds modify-db-cluster (or modify-db-instance) --deletion-protection.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    if (!valueOf(cluster.deletionProtection)) yield 'Deletion protection is off.';
  },
});

export const auroraBackupRetention = define({
  id: 'aurora-backup-retention',
  title: 'Automatic backups are kept for 35 days and taken in a set window.',
  severity: 'medium',
  references: { soc2: ['A1.2'], nist: ['CP-9', 'CP-10'], iso: ['A.8.13'], runbook: ['2.2'], knownAs: ['SH RDS.50'] },
  remediation: 'Set BackupRetentionPeriod to 35, the maximum, and set a PreferredBackupWindow.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: (cluster) => !valueOf(cluster.isReplica),
  *check(cluster) {
    const days = valueOf(cluster.backupRetentionPeriod);
    if (days < 35) yield `Backups are kept for ${days} days; at least 35 are required.`;
    if (valueOf(cluster.preferredBackupWindow) === undefined) yield 'No backup window is set.';
  },
});

export const auroraLogExport = define({
  id: 'aurora-log-export',
  title: "PostgreSQL's log is exported to CloudWatch.",
  severity: 'medium',
  references: {
    pci: ['10.4.2'],
    soc2: ['CC7.2'],
    nist: ['AU-2', 'AU-12'],
    iso: ['A.8.15'],
    runbook: ['2.2'],
    knownAs: ['SH RDS.37', 'CKV_AWS_324'],
  },
  remediation: 'Enable the export of the log type postgresql.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: isPostgres,
  *check(cluster) {
    if (!valueOf(cluster.logExports).includes('postgresql')) yield 'The log type postgresql is not exported.';
  },
});

export const auroraParameters = define({
  id: 'aurora-parameters',
  title: 'The parameter group logs DDL and slow statements, and ends idle transactions.',
  severity: 'medium',
  references: {
    pci: ['10.2.1'],
    nist: ['AU-2', 'AU-3', 'AU-12'],
    iso: ['A.8.15'],
    runbook: ['2.1', '7.1 Param Group', '7.2.4'],
  },
  remediation:
    'Set the parameters in the cluster parameter group (not in an instance parameter group, unless the instance is in no cluster).',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: isPostgres,
  *check(cluster) {
    for (const { where, parameters } of parametersInUse(cluster)) {
      for (const [name, { expected, isMet }] of Object.entries(EXPECTED)) {
        const { declared, applied } = parameters[name] ?? {};
        if (declared === undefined || !isMet(declared))
          yield `${where}${name} is ${declared ?? 'not set'}; ${expected} is required.`;
        else if (applied !== undefined && !isMet(applied))
          yield `${where}${name} is set to ${declared}, but ${applied} is in effect.`;
      }
    }
  },
});

interface Expected {
  readonly expected: string;
  /** What is stricter meets it, too. */
  readonly isMet: (value: string) => boolean;
}

/** Times in milliseconds. */
const EXPECTED: Readonly<Record<string, Expected>> = {
  // `mod` and `all` log DDL as well, and more than is wanted: aurora-no-literals-in-logs says what that brings.
  log_statement: { expected: 'ddl', isMet: (value) => ['ddl', 'mod', 'all'].includes(value) },
  log_min_duration_statement: { expected: '500', isMet: (value) => Number(value) >= 0 && Number(value) <= 500 },
  idle_in_transaction_session_timeout: {
    expected: '60000',
    isMet: (value) => Number(value) > 0 && Number(value) <= 60_000,
  },
};

export const auroraParametersInSync = define({
  id: 'aurora-parameters-in-sync',
  title: 'Every member runs with the parameters as set.',
  severity: 'high',
  references: { nist: ['CM-6'], iso: ['A.8.9'], runbook: ['2.1', '7.2.4'] },
  remediation: 'Reboot the members that are waiting for a reboot.',
  evaluatedOn: ['live'],
  kind: 'auroraClusters',
  *check(cluster) {
    const members = Object.entries(valueOf(cluster.parameterStatus));
    if (members.length === 0) throw new UnknownReading({ reason: 'There is no instance to apply them.' });
    for (const [member, status] of members) {
      if (status !== 'in-sync') yield `${member} is ${status}.`;
    }
  },
});

export const auroraForceSsl = define({
  id: 'aurora-force-ssl',
  title: 'Connections without TLS are refused.',
  severity: 'high',
  references: {
    pci: ['4.2.1'],
    soc2: ['CC6.7'],
    nist: ['SC-8', 'SC-8(1)'],
    iso: ['A.8.24'],
    runbook: ['2.1'],
    knownAs: ['P rds_instance_transport_encrypted'],
  },
  remediation: 'Set rds.force_ssl=1 in the parameter group of the cluster, or of the instance that is in none.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: isPostgres,
  *check(cluster) {
    const { declared, applied } = valueOf(cluster.parameters)['rds.force_ssl'] ?? {};
    if (declared === undefined && applied === undefined) {
      if ((majorOf(cluster) ?? 0) < ON_BY_DEFAULT[cluster.form]) yield 'rds.force_ssl is not set.';
    } else if (declared !== undefined && declared !== '1') yield `rds.force_ssl is ${declared}.`;
    else if (applied !== undefined && applied !== '1') yield `rds.force_ssl is set, but ${applied} is in effect.`;
  },
});

/** The first major that refuses connections without TLS unless it is told otherwise: of Aurora, and of RDS. */
const ON_BY_DEFAULT = { cluster: 17, instance: 15 };

export const auroraNoLiteralsInLogs = define({
  id: 'aurora-no-literals-in-logs',
  title: 'Statement logs contain no bind values.',
  severity: 'medium',
  references: { pci: ['3.3.1', '3.5.1'], nist: ['AU-3(3)'], iso: ['A.8.11'], runbook: ['2.1'] },
  remediation:
    'Set log_parameter_max_length=0 (and log_parameter_max_length_on_error=0) along with log_min_duration_statement.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: isPostgres,
  *check(cluster) {
    for (const { where, parameters } of parametersInUse(cluster)) {
      const value = (name: string) => parameters[name]?.applied ?? parameters[name]?.declared;
      const logsSlow = (value('log_min_duration_statement') ?? '-1') !== '-1';
      if (logsSlow || ['mod', 'all'].includes(value('log_statement') ?? 'none')) {
        const length = value('log_parameter_max_length');
        if (length !== '0') yield `${where}log_parameter_max_length is ${length ?? 'not set'}: bind values are logged.`;
      }
      const onError = value('log_parameter_max_length_on_error') ?? '0';
      if (onError !== '0')
        yield `${where}log_parameter_max_length_on_error is ${onError}: bind values of failed statements are logged.`;
    }
  },
});

export const auroraNotPublic = define({
  id: 'aurora-not-public',
  title: 'No instance has a public address.',
  severity: 'critical',
  references: {
    pci: ['1.4.4'],
    soc2: ['CC6.6'],
    nist: ['AC-3', 'SC-7'],
    cis: ['2.2.3'],
    iso: ['A.8.20', 'A.8.22'],
    runbook: ['2.2'],
    knownAs: ['SH RDS.2', 'CKV_AWS_17'],
  },
  remediation: 'aws rds modify-db-instance --no-publicly-accessible.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    for (const instance of instancesOf(cluster)) {
      if (valueOf(instance.publiclyAccessible)) yield `${instance.name} is publicly accessible.`;
    }
  },
});

export const auroraPrivateSubnets = define({
  id: 'aurora-private-subnets',
  title: 'No subnet of the cluster has a route to an internet gateway.',
  severity: 'high',
  references: { pci: ['1.4.4'], nist: ['AC-4', 'SC-7'], iso: ['A.8.22'], runbook: ['2.2'], knownAs: ['SH RDS.46'] },
  remediation: 'Use isolated subnets in the subnet group.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    for (const subnet of valueOf(cluster.subnets)) {
      if (valueOf(subnet.routesToInternetGateway)) yield `The subnet ${subnet.id} has a route to an internet gateway.`;
    }
  },
});

export const auroraAdminName = define({
  id: 'aurora-admin-name',
  title: 'The name of the master user is not a default one.',
  severity: 'medium',
  references: { pci: ['2.2.2'], nist: ['CM-6'], iso: ['A.8.9'], runbook: ['2.2'], knownAs: ['SH RDS.24'] },
  remediation: 'The name cannot be changed later: restore into a cluster with another name.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    const name = valueOf(cluster.masterUsername);
    if (name !== undefined && DEFAULT_NAMES.has(name.toLowerCase())) yield `The master user is called ${name}.`;
  },
});

const DEFAULT_NAMES: ReadonlySet<string> = new Set(['postgres', 'admin', 'root', 'rdsadmin', 'master']);

export const auroraManagedSecret = define({
  id: 'aurora-managed-secret',
  title: 'RDS manages the master password, in a secret under the expected key.',
  severity: 'high',
  references: { pci: ['8.3.2'], soc2: ['CC6.1'], nist: ['IA-5'], iso: ['A.5.17'], runbook: ['2.2'] },
  remediation: 'aws rds modify-db-cluster --manage-master-user-password --master-user-secret-kms-key-id <key>.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster, context) {
    const { managed, kmsKeyId } = valueOf(cluster.masterUserSecret);
    if (!managed) yield 'RDS does not manage the master password.';
    else yield* keyProblems(kmsKeyId, context, 'dataLayer');
  },
});

export const auroraIamAuth = define({
  id: 'aurora-iam-auth',
  title: 'IAM authentication is on.',
  severity: 'medium',
  references: {
    pci: ['7.2.1'],
    nist: ['AC-3', 'IA-2'],
    iso: ['A.8.5'],
    runbook: ['2.2'],
    knownAs: ['SH RDS.12', 'CKV_AWS_162', 'N RDS6'],
  },
  remediation: 'aws rds modify-db-cluster --enable-iam-database-authentication.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: canCheckTokens,
  *check(cluster) {
    if (!valueOf(cluster.iamAuthentication)) yield 'IAM authentication is off.';
  },
});

export const auroraMultiAz = define({
  id: 'aurora-multi-az',
  title: 'A writer and a reader, or an instance and its standby, run in at least two zones.',
  severity: 'medium',
  references: {
    soc2: ['A1.2'],
    nist: ['CP-10', 'SC-5(2)'],
    cis: ['2.2.4'],
    iso: ['A.8.14'],
    runbook: ['2.2'],
    knownAs: ['SH RDS.15'],
  },
  remediation: 'Add a reader in another Availability Zone; of an instance in no cluster, turn on Multi-AZ.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: (cluster) => (cluster.form === 'instance' ? !valueOf(cluster.isReplica) : isAurora(cluster)),
  *check(cluster) {
    if (cluster.form === 'instance') {
      if (!valueOf(cluster.standby)) yield 'It has no standby in another zone.';
      return;
    }
    const instances = valueOf(cluster.instances);
    if (instances.length < 2) {
      yield `There is ${instances.length === 1 ? 'one instance' : 'no instance'}.`;
      return;
    }
    const zones = instances.map((instance) => valueOf(instance.availabilityZone));
    // Where none is named, RDS spreads the instances over the subnets' zones.
    const spread = zones.includes(undefined)
      ? valueOf(cluster.subnets).map((subnet) => valueOf(subnet.availabilityZone))
      : zones;
    if (new Set(spread).size < 2) yield `All instances run in ${spread[0] ?? 'one zone'}.`;
  },
});

export const auroraReaderScaling = define({
  id: 'aurora-reader-scaling',
  title: 'Readers scale at least from 1 to 5, at 60% CPU or less.',
  severity: 'medium',
  references: { soc2: ['A1.1'], nist: ['SC-5(2)'], iso: ['A.8.6'], runbook: ['2.3'] },
  remediation:
    'Register rds:cluster:ReadReplicaCount as a scalable target with a target-tracking policy on RDSReaderAverageCPUUtilization.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: isAurora,
  *check(cluster) {
    const scaling = valueOf(cluster.readerScaling);
    if (!scaling) {
      yield 'Readers do not scale.';
      return;
    }
    const [min, max] = [valueOf(scaling.minCapacity), valueOf(scaling.maxCapacity)];
    if (min < 1 || max < 5) yield `Readers scale from ${min} to ${max}; at least from 1 to 5 is required.`;
    const [metric, target] = [valueOf(scaling.metric), valueOf(scaling.targetValue)];
    if (metric !== 'RDSReaderAverageCPUUtilization') yield `Readers scale on ${metric ?? 'no metric'}.`;
    else if (target === undefined || target > 60)
      yield `Readers scale at ${target === undefined ? 'no target' : `${target}% CPU`}; at most 60% is allowed.`;
  },
});

export const auroraPerformanceInsights = define({
  id: 'aurora-performance-insights',
  title: 'Performance Insights is on, with the expected key, the same on every instance.',
  severity: 'low',
  references: { iso: ['A.8.6'], runbook: ['2.2'], knownAs: ['CKV_AWS_353/354'] },
  remediation: 'Enable it on every instance of the cluster, with the key.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster, context) {
    const keys = new Set<string | undefined>();
    for (const instance of instancesOf(cluster)) {
      const { enabled, kmsKeyId } = valueOf(instance.performanceInsights);
      keys.add(kmsKeyId);
      if (!enabled) yield `It is off on ${instance.name}.`;
      else for (const problem of keyProblems(kmsKeyId, context, 'dataLayer')) yield `${instance.name}: ${problem}`;
    }
    if (keys.size > 1) yield 'The instances use different keys.';
  },
});

export const auroraSupportedVersion = define({
  id: 'aurora-supported-version',
  title: `The engine version is in standard support and has no hole that PostgreSQL's releases up to ${KNOWN_UP_TO.rds} (${KNOWN_UP_TO.aurora} for Aurora) close.`,
  severity: 'high',
  references: {
    pci: ['6.3.3'],
    nist: ['SI-2'],
    iso: ['A.8.8'],
    runbook: ['2.1', '2.2'],
    knownAs: ['CKV_AWS_388 in part'],
  },
  remediation:
    'Upgrade to a supported major version and its newest minor version. Later releases are not looked at: compare with the newest.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: isPostgres,
  *check(cluster, context) {
    const version = valueOf(cluster.engineVersion);
    if (version === undefined) {
      yield 'No engine version is set, so AWS chooses the major version.';
      return;
    }
    const [major = 0, minor] = version.split('.').map(Number);
    if (!(major <= NEWEST_KNOWN)) unheardOf(version);
    const end = STANDARD_SUPPORT_ENDS[major];
    if (end === undefined ? major < OLDEST_KNOWN : context.facts.readAt >= new Date(end))
      yield `Version ${version} is out of standard support${end === undefined ? '' : ` since ${end}`}.`;
    // Without a minor, AWS takes its preferred one, which is patched.
    const hole = minor === undefined ? undefined : knownHoleOf(isAurora(cluster) ? 'aurora' : 'rds', major, minor);
    if (hole !== undefined) yield `Version ${version} is affected by ${hole}.`;
  },
});

/** When paid Extended Support begins, by major. Later ones than those listed are in standard support. */
const STANDARD_SUPPORT_ENDS: Readonly<Record<number, string>> = { 13: '2026-02-28', 14: '2027-02-28' };
const OLDEST_KNOWN = 13;
/** Of later ones nothing is known here: neither their support nor their holes. */
const NEWEST_KNOWN = 18;

/** @throws UnknownReading always */
function unheardOf(version: string): never {
  throw new UnknownReading({
    reason: `Nothing is known here of version ${version}: this release knows majors up to ${NEWEST_KNOWN}.`,
  });
}

export const auroraSnapshotsPrivate = define({
  id: 'aurora-snapshots-private',
  title: 'No snapshot is public or shared with an untrusted account.',
  severity: 'critical',
  references: {
    pci: ['7.2.1'],
    soc2: ['CC6.1', 'CC6.6'],
    nist: ['AC-3', 'AC-6', 'SC-7'],
    iso: ['A.8.3'],
    runbook: ['2.2'],
    knownAs: ['SH RDS.1'],
  },
  remediation:
    'Remove the attribute: aws rds modify-db-cluster-snapshot-attribute (or modify-db-snapshot-attribute) --attribute-name restore --values-to-remove all.',
  evaluatedOn: ['live'],
  kind: 'auroraSnapshots',
  *check(snapshot, context) {
    for (const account of valueOf(snapshot.sharedWith)) {
      if (account === 'all') yield 'Everyone can restore it.';
      else if (!context.declared.trustedAccounts.includes(account)) yield `It is shared with account ${account}.`;
    }
  },
});

export const auroraSnapshotsEncrypted = define({
  id: 'aurora-snapshots-encrypted',
  title: 'Snapshots are encrypted.',
  severity: 'medium',
  references: {
    pci: ['3.5.1'],
    soc2: ['CC6.1'],
    nist: ['CP-9(8)', 'SC-28(1)'],
    iso: ['A.8.24'],
    runbook: ['2.2'],
    knownAs: ['SH RDS.4'],
  },
  remediation: 'Copy the snapshot under the key and delete the plain one.',
  evaluatedOn: ['live'],
  kind: 'auroraSnapshots',
  *check(snapshot) {
    if (!valueOf(snapshot.encrypted)) yield 'It is not encrypted.';
  },
});

export const auroraMinorUpgrades = define({
  id: 'aurora-minor-upgrades',
  title: 'Minor versions are upgraded automatically.',
  severity: 'medium',
  references: {
    pci: ['6.3.3'],
    nist: ['SI-2'],
    cis: ['2.2.2'],
    iso: ['A.8.8'],
    runbook: ['2.2'],
    knownAs: ['SH RDS.13'],
  },
  remediation: 'aws rds modify-db-instance --auto-minor-version-upgrade.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    for (const instance of instancesOf(cluster)) {
      if (!valueOf(instance.autoMinorVersionUpgrade))
        yield `Minor versions of ${instance.name} are not upgraded automatically.`;
    }
  },
});

export const auroraCurrentCa = define({
  id: 'aurora-current-ca',
  title: 'The certificate authority is current.',
  severity: 'medium',
  references: { nist: ['SC-17'], iso: ['A.8.24'], runbook: ['2.2'], knownAs: ['CKV_AWS_211'] },
  remediation: 'Set CACertificateIdentifier to rds-ca-rsa2048-g1.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    for (const instance of instancesOf(cluster)) {
      const authority = valueOf(instance.caCertificateIdentifier);
      if (authority === undefined || CURRENT.has(authority)) continue;
      yield `${instance.name} uses ${authority}, which is not a current authority.`;
    }
  },
});

/** Absent: RDS uses the account's default, which is current. */
const CURRENT: ReadonlySet<string> = new Set(['rds-ca-rsa2048-g1', 'rds-ca-rsa4096-g1', 'rds-ca-ecc384-g1']);

export const auroraTagsToSnapshots = define({
  id: 'aurora-tags-to-snapshots',
  title: 'Snapshots carry the tags of the cluster.',
  severity: 'low',
  references: { iso: ['A.5.13'], runbook: ['2.2'], knownAs: ['SH RDS.16'] },
  remediation: 'aws rds modify-db-cluster --copy-tags-to-snapshot.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    if (!valueOf(cluster.copyTagsToSnapshot)) yield 'Tags are not copied to snapshots.';
  },
});
