/** Whether every live control has its case. test/long tries them on a deployed account, which takes a minute. */
import { expect, it } from 'vitest';
import { CONTROLS } from '../../../src/audit/catalog.js';
import { LIVE_CASES } from './live-cases/index.js';

it('each control that is evaluated live has one case, or is tried on a real cache', () => {
  const live = CONTROLS.filter(({ evaluatedOn }) => evaluatedOn.includes('live'));
  const cases = LIVE_CASES.map(({ control }) => control);
  expect([...cases, 'redis-auth-verified'].sort()).toEqual(live.map(({ id }) => id).sort());
});

it('a recorded response stands in for the emulator only where these have no other way', () => {
  const recorded = LIVE_CASES.filter((one) => one.recorded !== undefined).map(({ control }) => control);
  expect(recorded).toEqual([
    'aurora-parameters-in-sync',
    'dynamodb-stream',
    's3-logs-arriving',
    'codebuild-not-public',
  ]);
});
