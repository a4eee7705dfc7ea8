import { expect, test } from 'vitest';
import { coverageOf } from '../../src/audit/report/coverage.js';
import { openShares, summaryOf } from '../../src/audit/report/sentences.js';
import { sampleReport, tagged, versioned } from './report/sample-audit.js';

test('findings come worst first: what fails by severity, then what is not evaluated, waived, in order, not there', () => {
  expect(
    sampleReport().findings.map(({ status, about, resourceName }) => [status, about.severity, resourceName]),
  ).toEqual([
    ['fail', 'critical', 'hostile'],
    ['fail', 'critical', 'open'],
    ['not-evaluated', 'low', 'unknown'],
    ['waived', 'low', 'plain'],
    ['pass', 'critical', 'good'],
    ['pass', 'critical', 'plain'],
    ['pass', 'critical', 'unknown'],
    ['pass', 'low', 'good'],
    ['pass', 'low', 'hostile'],
    ['pass', 'low', 'open'],
    ['absent', 'high', undefined],
  ]);
});

test('coverage counts a control as not evaluated when one of its resources could not be read', () => {
  expect(coverageOf(sampleReport())).toEqual({
    findings: { pass: 6, fail: 2, waived: 1, 'not-evaluated': 1, absent: 1 },
    failed: { critical: 2, high: 0, medium: 0, low: 0 },
    controls: { asked: 4, evaluated: 1, notEvaluated: 1, absent: 1, elsewhere: 1 },
    stacks: [{ stack: 'shop', checks: 10, notEvaluated: 1 }],
  });
});

test('20: the share of what could not be evaluated is told for each stack that leaves something open', () => {
  expect(openShares(sampleReport())).toEqual(['Not evaluated: 1 of 10 checks (10%) of shop.']);
});

test('the summary names what has no verdict, and what this source cannot tell', () => {
  expect(summaryOf(sampleReport())).toBe(
    '2 findings (2 critical), 6 checks of 2 controls passed, 1 not evaluated, 1 waived; 1 control has no resources to check, 1 can only be evaluated on the live account.',
  );
});

test('a control that was not asked for is left out', () => {
  const { findings } = sampleReport({ controls: [tagged] });
  expect(new Set(findings.map(({ control }) => control))).toEqual(new Set(['sample-tagged']));
});

test('the same finding has the same key in the next run, and two resources have different ones', () => {
  const [first, second] = [sampleReport(), sampleReport()].map(({ findings }) => findings.map(({ key }) => key));
  expect(first).toEqual(second);
  expect(new Set(first).size).toBe(first?.length);
});

test('a waiver that is about nothing that fails is reported, unless its control was not asked for', () => {
  const waiver = { control: versioned.id, resource: 'good', reason: 'x', approver: 'a', expires: '2027-01-01' };
  const waivers = { waivers: [waiver], malformed: [] };
  expect(sampleReport({ waivers }).unusedWaivers).toEqual([waiver]);
  expect(sampleReport({ waivers, controls: [tagged] }).unusedWaivers).toEqual([]);
});
