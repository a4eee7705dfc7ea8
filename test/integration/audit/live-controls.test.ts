/** A control or two of each service, as the audit of a deployed account finds them; test/long has all. */
import { expect, it } from 'vitest';
import { CONTROLS } from '../../../src/audit/controls/index.js';
import { describeLiveCases } from './live-cases/describe-live-cases.js';
import { LIVE_CASES } from './live-cases/index.js';

it('each control that is evaluated live has one case, or is tried on a real cache', () => {
  const live = CONTROLS.filter(({ evaluatedOn }) => evaluatedOn.includes('live'));
  const cases = LIVE_CASES.map(({ control }) => control);
  expect([...cases, 'redis-auth-verified'].sort()).toEqual(live.map(({ id }) => id).sort());
});

it('a recorded response stands in for the emulator only where these have no other way', () => {
  const recorded = LIVE_CASES.filter((one) => one.recorded !== undefined).map(({ control }) => control);
  expect(recorded).toEqual(['aurora-parameters-in-sync', 'dynamodb-stream', 's3-logs-arriving']);
});

const OF_EACH_SERVICE = [
  'kms-rotation-enabled',
  'kms-via-service',
  'aurora-deletion-protection',
  'aurora-parameters-in-sync',
  'dynamodb-pitr',
  's3-tls-only',
  's3-wrong-key-denied',
  's3-logs-arriving',
  'redis-snapshots',
  'secrets-exist',
  'iam-confused-deputy',
  'codebuild-no-plaintext-credentials',
  'backup-every-database-scheduled',
  'backup-proven',
];

describeLiveCases(LIVE_CASES.filter(({ control }) => OF_EACH_SERVICE.includes(control)));
