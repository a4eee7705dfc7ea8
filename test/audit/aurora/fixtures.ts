import {
  auroraAdminName,
  auroraBackupRetention,
  auroraCmk,
  auroraCurrentCa,
  auroraDeletionProtection,
  auroraForceSsl,
  auroraIamAuth,
  auroraLogExport,
  auroraManagedSecret,
  auroraMinorUpgrades,
  auroraMultiAz,
  auroraNoLiteralsInLogs,
  auroraNotPublic,
  auroraParameters,
  auroraParametersInSync,
  auroraPerformanceInsights,
  auroraPrivateSubnets,
  auroraReaderScaling,
  auroraSnapshotsEncrypted,
  auroraSnapshotsPrivate,
  auroraSupportedVersion,
  auroraTagsToSnapshots,
} from '../../../src/audit/aurora/controls.js';
import { known } from '../../../src/audit/model/reading.js';
import { GOOD, STRANGER } from '../facts-builder.js';
import { fixture, type Fixture } from '../fixture.js';

type Cluster = typeof GOOD.auroraClusters;

const good = GOOD.auroraClusters;
const [WRITER, READER] = 'value' in good.instances ? good.instances.value : [];
const [SUBNET] = 'value' in good.subnets ? good.subnets.value : [];
const parameter = (name: string, declared: string, applied?: string): Partial<Cluster> => ({
  parameters: known({
    ...('value' in good.parameters && good.parameters.value),
    [name]: { declared, ...(applied !== undefined && { applied }) },
  }),
});
/** Both instances, the reader with a change. */
const reader = (change: Partial<NonNullable<typeof READER>>): Partial<Cluster> => ({
  instances: known(WRITER && READER ? [WRITER, { ...READER, ...change }] : []),
});
/** What an instance's own group sets. */
const own = (name: string, declared: string) => ({ parameters: known({ [name]: { declared } }) });
const scaling = (change: object): Partial<Cluster> => ({
  readerScaling:
    'value' in good.readerScaling ? known({ ...good.readerScaling.value!, ...change }) : good.readerScaling,
});
const AWS_KEY = 'alias/aws/rds';

export const AURORA_FIXTURES: readonly Fixture[] = [
  fixture({
    control: auroraCmk,
    declared: { auroraClusters: ['main'], expectedKeys: { dataLayer: { alias: 'alias/data' } } },
    reads: ['storageEncrypted', 'kmsKeyId'],
    fails: [
      ['Storage is not encrypted.', { storageEncrypted: known(false) }],
      ['It is not encrypted with a customer managed key.', { kmsKeyId: known(undefined) }],
      ['It is encrypted with the AWS managed key alias/aws/rds.', { kmsKeyId: known(AWS_KEY) }],
      [
        'It is encrypted with alias/data; the config declares alias/other.',
        {},
        // The alarms' key is declared as well, and no data belongs under it.
        { declared: { keyAliases: ['alias/data'], expectedKeys: { dataLayer: { alias: 'alias/other' } } } },
      ],
      [
        'It is encrypted with the AWS managed key alias/data.',
        {},
        { facts: { kmsKeys: known([{ ...GOOD.kmsKeys, customerManaged: known(false) }]) } },
      ],
    ],
  }),
  fixture({
    control: auroraDeletionProtection,
    reads: ['deletionProtection'],
    fails: [['Deletion protection is off.', { deletionProtection: known(false) }]],
  }),
  fixture({
    control: auroraBackupRetention,
    reads: ['isReplica', 'backupRetentionPeriod', 'preferredBackupWindow'],
    fails: [
      ['Backups are kept for 34 days; at least 35 are required.', { backupRetentionPeriod: known(34) }],
      ['No backup window is set.', { preferredBackupWindow: known(undefined) }],
    ],
  }),
  fixture({
    control: auroraLogExport,
    reads: ['engine', 'logExports'],
    fails: [['The log type postgresql is not exported.', { logExports: known(['upgrade']) }]],
  }),
  fixture({
    control: auroraParameters,
    reads: ['engine', 'parameters', 'instances'],
    fails: [
      ['Of reader: log_statement is none; ddl is required.', reader(own('log_statement', 'none'))],
      [
        'Of reader: log_min_duration_statement is -1; 500 is required.',
        reader(own('log_min_duration_statement', '-1')),
      ],
      ['log_statement is none; ddl is required.', parameter('log_statement', 'none')],
      ['log_min_duration_statement is 900; 500 is required.', parameter('log_min_duration_statement', '900')],
      ['log_statement is set to ddl, but none is in effect.', parameter('log_statement', 'ddl', 'none')],
      [
        'idle_in_transaction_session_timeout is 0; 60000 is required.',
        parameter('idle_in_transaction_session_timeout', '0'),
      ],
    ],
  }),
  fixture({
    control: auroraParametersInSync,
    reads: ['parameterStatus'],
    fails: [['reader is pending-reboot.', { parameterStatus: known({ writer: 'in-sync', reader: 'pending-reboot' }) }]],
  }),
  fixture({
    control: auroraForceSsl,
    reads: ['engine', 'parameters'],
    fails: [
      ['rds.force_ssl is 0.', parameter('rds.force_ssl', '0')],
      ['rds.force_ssl is 0.', parameter('rds.force_ssl', '0', '1')],
      ['rds.force_ssl is set, but 0 is in effect.', parameter('rds.force_ssl', '1', '0')],
      ['rds.force_ssl is not set.', { parameters: known({}) }],
    ],
  }),
  fixture({
    control: auroraNoLiteralsInLogs,
    reads: ['engine', 'parameters', 'instances'],
    fails: [
      [
        'Of reader: log_parameter_max_length is -1: bind values are logged.',
        reader(own('log_parameter_max_length', '-1')),
      ],
      ['log_parameter_max_length is -1: bind values are logged.', parameter('log_parameter_max_length', '-1')],
      [
        'log_parameter_max_length is not set: bind values are logged.',
        { parameters: known({ log_statement: { declared: 'all' } }) },
      ],
      [
        'log_parameter_max_length_on_error is -1: bind values of failed statements are logged.',
        parameter('log_parameter_max_length_on_error', '-1'),
      ],
    ],
  }),
  fixture({
    control: auroraNotPublic,
    reads: ['instances'],
    fails: [['reader is publicly accessible.', reader({ publiclyAccessible: known(true) })]],
  }),
  fixture({
    control: auroraPrivateSubnets,
    reads: ['subnets'],
    fails: [
      [
        'The subnet subnet-a has a route to an internet gateway.',
        { subnets: known(SUBNET ? [{ ...SUBNET, routesToInternetGateway: known(true) }] : []) },
      ],
    ],
  }),
  fixture({
    control: auroraAdminName,
    reads: ['masterUsername'],
    fails: [['The master user is called Postgres.', { masterUsername: known('Postgres') }]],
  }),
  fixture({
    control: auroraManagedSecret,
    reads: ['masterUserSecret'],
    fails: [
      ['RDS does not manage the master password.', { masterUserSecret: known({ managed: false }) }],
      ['It is not encrypted with a customer managed key.', { masterUserSecret: known({ managed: true }) }],
    ],
  }),
  fixture({
    control: auroraIamAuth,
    reads: ['engine', 'iamAuthentication'],
    fails: [['IAM authentication is off.', { iamAuthentication: known(false) }]],
  }),
  fixture({
    control: auroraMultiAz,
    reads: ['engine', 'instances'],
    fails: [
      ['There is one instance.', { instances: known(WRITER ? [WRITER] : []) }],
      ['There is no instance.', { instances: known([]) }],
      ['It has no standby in another zone.', { form: 'instance', standby: known(false) }],
      ['All instances run in us-east-1a.', reader({ availabilityZone: known('us-east-1a') })],
      [
        'All instances run in us-east-1a.',
        { ...reader({ availabilityZone: known(undefined) }), subnets: known(SUBNET ? [SUBNET] : []) },
      ],
    ],
  }),
  fixture({
    control: auroraReaderScaling,
    reads: ['engine', 'readerScaling'],
    fails: [
      ['Readers do not scale.', { readerScaling: known(undefined) }],
      ['Readers scale from 0 to 5; at least from 1 to 5 is required.', scaling({ minCapacity: known(0) })],
      ['Readers scale from 1 to 3; at least from 1 to 5 is required.', scaling({ maxCapacity: known(3) })],
      ['Readers scale at 80% CPU; at most 60% is allowed.', scaling({ targetValue: known(80) })],
      ['Readers scale on no metric.', scaling({ metric: known(undefined) })],
    ],
  }),
  fixture({
    control: auroraPerformanceInsights,
    reads: ['instances'],
    fails: [
      ['It is off on reader.', reader({ performanceInsights: known({ enabled: false, kmsKeyId: GOOD.kmsKeys.id }) })],
      [
        'The instances use different keys.',
        reader({ performanceInsights: known({ enabled: true, kmsKeyId: 'alias/data' }) }),
      ],
    ],
  }),
  fixture({
    control: auroraSupportedVersion,
    reads: ['engine', 'engineVersion'],
    fails: [
      ['Version 13.20 is out of standard support since 2026-02-28.', { engineVersion: known('13.20') }],
      ['Version 12.22 is out of standard support.', { engineVersion: known('12.22') }],
      [
        'Version 15.8 is affected by CVE-2024-10979, which the release of 2024-11-14 closes.',
        { engineVersion: known('15.8') },
      ],
      [
        'Version 17.7 is affected by CVE-2026-2006 and others, which the release of 2026-02-12 closes.',
        { engineVersion: known('17.7') },
      ],
      [
        'Version 17.9 is affected by CVE-2026-6473 and others, which the release of 2026-05-14 closes.',
        { engine: known('postgres'), form: 'instance', engineVersion: known('17.9') },
      ],
      ['No engine version is set, so AWS chooses the major version.', { engineVersion: known(undefined) }],
    ],
  }),
  fixture({
    control: auroraSnapshotsPrivate,
    reads: ['sharedWith'],
    fails: [
      ['Everyone can restore it.', { sharedWith: known(['all']) }],
      [`It is shared with account ${STRANGER}.`, { sharedWith: known([STRANGER]) }],
    ],
  }),
  fixture({
    control: auroraSnapshotsEncrypted,
    reads: ['encrypted'],
    fails: [['It is not encrypted.', { encrypted: known(false) }]],
  }),
  fixture({
    control: auroraMinorUpgrades,
    reads: ['instances'],
    fails: [
      ['Minor versions of reader are not upgraded automatically.', reader({ autoMinorVersionUpgrade: known(false) })],
    ],
  }),
  fixture({
    control: auroraCurrentCa,
    reads: ['instances'],
    fails: [
      [
        'reader uses rds-ca-2019, which is not a current authority.',
        reader({ caCertificateIdentifier: known('rds-ca-2019') }),
      ],
    ],
  }),
  fixture({
    control: auroraTagsToSnapshots,
    reads: ['copyTagsToSnapshot'],
    fails: [['Tags are not copied to snapshots.', { copyTagsToSnapshot: known(false) }]],
  }),
];
