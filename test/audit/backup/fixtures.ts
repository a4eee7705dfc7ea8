import {
  backupEveryDatabaseScheduled,
  backupFresh,
  backupProven,
  backupRolePerDatabase,
  backupVolumePlausible,
} from '../../../src/audit/backup/controls.js';
import { known } from '../../../src/audit/model/reading.js';
import { GOOD, hoursAgo } from '../facts-builder.js';
import { fixture, type Fixture } from '../fixture.js';

const project = GOOD.codeBuildProjects;

export const BACKUP_FIXTURES: readonly Fixture[] = [
  fixture({
    control: backupEveryDatabaseScheduled,
    declared: { backupProjects: [project.name] },
    reads: [],
    fails: [
      ['No schedule starts it.', {}, { facts: { schedules: known([]) } }],
      ...['at(2020-01-01T03:00:00)', 'at(2099-01-01T03:00:00)', 'cron(0 3 * * ? 2020)'].map(
        (expression) =>
          [
            'Its schedule is not recurring.',
            {},
            { facts: { schedules: known([{ ...GOOD.schedules, expression: known(expression) }]) } },
          ] as const,
      ),
      [
        'Its schedule is disabled.',
        {},
        { facts: { schedules: known([{ ...GOOD.schedules, enabled: known(false) }]) } },
      ],
    ],
  }),
  fixture({
    control: backupRolePerDatabase,
    reads: ['roleArn'],
    fails: [
      [
        'It shares its role with second: nothing binds a job to the prefix of its database.',
        {},
        { facts: { codeBuildProjects: known([{ ...project, id: 'arn:second', name: 'second' }]) } },
      ],
    ],
  }),
  fixture({
    control: backupVolumePlausible,
    reads: ['newest', 'volumeWarnings'],
    fails: [['The table app.orders vanished.', { volumeWarnings: known(['The table app.orders vanished.']) }]],
  }),
  fixture({
    control: backupFresh,
    declared: { databases: ['app'] },
    reads: ['newest', 'encryption'],
    fails: [
      ['X.sql is no part of it.', { anomalies: known(['X.sql is no part of it.']) }],
      ['There is no backup.', { newest: known(undefined) }],
      ['It is not encrypted with a customer managed key.', { encryption: known({}) }],
      [
        'It is encrypted with alias/data; the config declares alias/vault.',
        {},
        { declared: { expectedKeys: { vault: { alias: 'alias/vault' } } } },
      ],
      [
        'The newest backup is dated 2099-01-01T00:00:00.000Z, which is in the future.',
        { newest: known({ key: 'k', takenAt: new Date('2099-01-01') }) },
      ],
      [
        'The newest backup is dated 2026-11-21T09:00:00.000Z; at most 26 hours are allowed.',
        { newest: known({ key: 'k', takenAt: hoursAgo(27) }) },
      ],
      ['It is encrypted with the AWS managed key alias/aws/s3.', { encryption: known({ kmsKeyId: 'alias/aws/s3' }) }],
    ],
  }),
  fixture({
    control: backupProven,
    declared: { databases: ['app'] },
    reads: ['newestProof'],
    fails: [
      ['No backup has ever been proven.', { newestProof: known(undefined) }],
      [
        'The verdict of the newest verification is differs.',
        { newestProof: known({ verifiedAt: hoursAgo(1), verdict: 'differs' }) },
      ],
      [
        'The newest proof is dated 2099-01-01T00:00:00.000Z, which is in the future.',
        { newestProof: known({ verifiedAt: new Date('2099-01-01'), verdict: 'proven' }) },
      ],
      [
        'The newest proof is dated 2026-11-13T12:00:00.000Z; at most 192 hours are allowed.',
        { newestProof: known({ verifiedAt: hoursAgo(216), verdict: 'proven' }) },
      ],
    ],
  }),
];
