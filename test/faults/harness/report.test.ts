import { expect, it } from 'vitest';
import type { FaultKind } from './fault-kind.js';
import { formatReport, makeReport } from './report.js';
import type { FaultResult } from './runner.js';

const kind = (name: string): FaultKind => ({ name, about: '', inject: () => Promise.reject(new Error()) });
const KINDS = [kind('kill-psql'), kind('at-once'), kind('interrupt')];
const result = (of: string, number: number, more: Partial<FaultResult> = {}): FaultResult => ({
  ...{ kind: of, number, plan: 'a plan', struck: true, ending: 'proven', violations: [], milliseconds: 1 },
  ...more,
});

it('counts what came too late apart from what was survived', () => {
  const results = [result('kill-psql', 0), result('kill-psql', 1, { struck: false }), result('at-once', 0)];
  const report = makeReport(KINDS, results, { seed: '7', seconds: 3 });
  expect(report).toMatchObject({ runs: 3, struck: 2, notReached: 1, failed: 0, unreached: [] });
  expect(report.kinds[0]).toMatchObject({ runs: 2, struck: 1, notReached: 1, endings: { proven: 1, none: 0 } });
  expect(formatReport(report)).toContain('seed 7: 3 faults, 1 not reached, 0 failed, 3 s');
});

it('names a kind of which no fault was reached, and one that was not run', () => {
  const late = [0, 1].map((number) => result('at-once', number, { struck: false }));
  const report = makeReport(KINDS, [result('kill-psql', 0), ...late], { seed: '7', seconds: 3 });
  expect(report.unreached).toEqual(['at-once']);
  expect(formatReport(report)).toContain('at-once: not reached in 2 of 2 runs, so nothing is shown of it.');
  expect(formatReport(report)).toContain('Not run: interrupt.');
});

it('says how a fault is repeated that left what it must not', () => {
  const report = makeReport(KINDS, [result('at-once', 4, { violations: ['a file is left'] })], {
    seed: '7',
    seconds: 3,
  });
  expect(report.failed).toBe(1);
  expect(formatReport(report)).toContain(
    'at-once 4: a plan\n  - a file is left\n  repeat: npm run test:faults -- --seed 7 --only at-once --case 4',
  );
});
