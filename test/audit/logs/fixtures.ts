import { logsCmk, logsRetention } from '../../../src/audit/logs/controls.js';
import { known } from '../../../src/audit/model/reading.js';
import { fixture, type Fixture } from '../fixture.js';

export const LOGS_FIXTURES: readonly Fixture[] = [
  fixture({
    control: logsRetention,
    reads: ['retentionDays'],
    fails: [
      ['Its logs are kept for ever.', { retentionDays: known(undefined) }],
      ['Its logs are kept for 30 days; at least 365 are required.', { retentionDays: known(30) }],
    ],
  }),
  fixture({
    control: logsCmk,
    reads: ['kmsKeyId'],
    fails: [
      ['It is not encrypted with a customer managed key.', { kmsKeyId: known(undefined) }],
      ['It is not encrypted with a customer managed key.', { kmsKeyId: known('') }],
    ],
  }),
];
