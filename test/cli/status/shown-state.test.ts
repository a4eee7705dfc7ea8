import { expect, it } from 'vitest';
import { shownState } from '../../../src/cli/status/shown-state.js';

it.each([
  ['ok', {}, 'no objective'],
  ['ok', { backupAgeMs: 1 }, 'ok'],
  ['ok', { proofAgeMs: 1 }, 'ok'],
  ['broken', {}, 'broken'],
  ['warning', {}, 'warning'],
] as const)('%s with the objectives %j is shown as %s', (state, objectives, shown) => {
  expect(shownState({ state, objectives })).toBe(shown);
});
