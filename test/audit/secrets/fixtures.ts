import { known } from '../../../src/audit/model/reading.js';
import { secretsCmk, secretsExist, secretsPolicy } from '../../../src/audit/secrets/controls.js';
import { rotationDays } from '../../../src/audit/secrets/facts.js';
import { secretsRotation } from '../../../src/audit/secrets/secrets-rotation.js';
import { allow, hoursAgo, policyOf, STRANGER } from '../facts-builder.js';
import { fixture, type Fixture } from '../fixture.js';

const MANUAL = { rotation: known(undefined), tags: known({ 'holdfast:rotation': 'manual' }) };

export const SECRETS_FIXTURES: readonly Fixture[] = [
  fixture({
    control: secretsExist,
    declared: { secrets: ['s'] },
    reads: [],
    readsLive: ['hasCurrentValue'],
    fails: [['It has no current value.', { hasCurrentValue: known(false) }, { onlyOn: 'live' }]],
  }),
  fixture({
    control: secretsCmk,
    reads: ['kmsKeyId'],
    fails: [['It is not encrypted with a customer managed key.', { kmsKeyId: known(undefined) }]],
  }),
  fixture({
    control: secretsRotation,
    reads: ['rotation', 'tags'],
    readsLive: ['pendingVersion', 'lastRotated'],
    fails: [
      ['It does not rotate.', { rotation: known(undefined) }],
      ['It does not rotate.', { rotation: known({ enabled: false }) }],
      ['It rotates every 31 days; at most 30 are allowed.', { rotation: known({ enabled: true, days: 31 }) }],
      [
        'It rotates every 366 days; at most 30 are allowed.',
        { rotation: known({ enabled: true, days: rotationDays({ ScheduleExpression: 'cron(0 0 1 1 ? *)' })! }) },
      ],
      ['A rotation has started but not finished.', { pendingVersion: known(true) }, { onlyOn: 'live' }],
      [
        'Its value is 32 days old; at most 30 are allowed.',
        { lastRotated: known(hoursAgo(32 * 24)) },
        { onlyOn: 'live' },
      ],
      ['Its value is 100 days old; at most 30 are allowed.', { lastRotated: known(undefined) }, { onlyOn: 'live' }],
      [
        'Its value is 92 days old; at most 90 are allowed for a secret supplied by hand.',
        { ...MANUAL, lastChanged: known(hoursAgo(92 * 24)) },
        { onlyOn: 'live' },
      ],
    ],
  }),
  fixture({
    control: secretsPolicy,
    reads: ['policy'],
    fails: [
      [
        `A statement without Sid allows account ${STRANGER}, which the config does not name.`,
        { policy: known(policyOf(allow('secretsmanager:GetSecretValue', { Principal: { AWS: STRANGER } }))) },
      ],
    ],
  }),
];
