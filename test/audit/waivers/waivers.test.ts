import { expect, test } from 'vitest';
import type { Finding } from '../../../src/audit/model/finding.js';
import { applyWaivers } from '../../../src/audit/waivers/apply-waivers.js';
import { parseWaivers } from '../../../src/audit/waivers/read-waivers.js';
import { HoldfastError } from '../../../src/core/errors.js';

const CONTROLS = ['aurora-cmk', 'aurora-multi-az', 'backup-proven'];
const NOW = new Date('2026-11-22T12:00:00Z');
const BASE = { source: 'template', problems: ['bad'] } as const;
const failing: Finding = {
  ...BASE,
  control: 'aurora-multi-az',
  status: 'fail',
  resource: 'a/Db',
  resourceName: 'shop',
};
const proof = (status: Finding['status'], resource = 'v#shop'): Finding => ({
  ...BASE,
  control: 'backup-proven',
  status,
  resource,
});

function waive(lines: string, findings: readonly Finding[] = [failing], now = NOW) {
  return applyWaivers(findings, parseWaivers(`waivers:\n${lines}`, 'waivers.yaml', CONTROLS, { wildcards: true }), now);
}
const entry = (more: Record<string, string> = {}) => {
  const fields = {
    control: 'aurora-multi-az',
    resource: 'shop',
    reason: 'Staging',
    approver: 'ana',
    expires: '2026-11-22',
    ...more,
  };
  return `  - ${JSON.stringify(fields)}\n`;
};

test('a finding is waived through the last day of the waiver, and the note says by whom and why', () => {
  const { findings, unused } = waive(entry(), [failing], new Date('2026-11-22T23:59:59Z'));
  expect(findings).toMatchObject([{ status: 'waived', note: 'Waived by ana until 2026-11-22: Staging.' }]);
  expect(unused).toEqual([]);
});

test('an expired waiver brings the finding back', () => {
  const { findings } = waive(entry(), [failing], new Date('2026-11-23T00:00:00Z'));
  expect(findings).toMatchObject([{ status: 'fail', note: 'The waiver of ana expired on 2026-11-22.' }]);
});

test.each([
  [
    'a day that does not exist',
    { expires: '2026-02-30' },
    'expires: "2026-02-30" is not a date; write it as 2027-01-31',
  ],
  ['no reason', { reason: ' ' }, 'reason'],
  ['a word that waivers do not have', { aproved: 'yes' }, 'aproved'],
  ['itself as compensation', { compensatedBy: 'aurora-multi-az' }, 'compensate for itself'],
  ['a compensating control that does not exist', { compensatedBy: 'backup-provn' }, 'did you mean backup-proven?'],
])('a waiver with %s is malformed: it waives nothing, and the finding says so', (_what, more, said) => {
  const { findings } = waive(entry(more));
  expect(findings).toMatchObject([
    { status: 'fail', note: expect.stringContaining('waiver 1 is malformed') as string },
  ]);
  expect(findings[0]?.note).toContain(said);
});

test.each([
  ['passes', [proof('pass')], 'waived'],
  ['fails', [proof('fail')], 'fail'],
  ['is not evaluated', [proof('not-evaluated')], 'fail'],
  ['finds nothing', [proof('absent')], 'fail'],
  ['is not there', [], 'fail'],
  ['fails for one of two', [proof('pass'), proof('fail', 'v#other')], 'fail'],
  ['passes for the same resource, and fails for another', [proof('pass', 'a/Db'), proof('fail', 'a/Other')], 'waived'],
] as const)('a waiver whose compensating control %s', (_what, others, status) => {
  const { findings } = waive(entry({ compensatedBy: 'backup-proven' }), [failing, ...others]);
  expect(findings[0]?.status).toBe(status);
  if (status === 'fail') expect(findings[0]?.note).toContain('backup-proven does not pass');
});

test.each([
  ['shop', true],
  ['a/Db', true],
  ['sh*', true],
  ['s.op', false],
  ['sho', false],
])('the resource %s of a waiver is the name or the id, whole, with * for anything: %s', (resource, waives) => {
  expect(waive(entry({ resource })).findings[0]?.status).toBe(waives ? 'waived' : 'fail');
});

test('20.D: a waiver for resources by a pattern is malformed, unless that is allowed', () => {
  const text = `waivers:\n${entry({ resource: 'sh*' })}`;
  expect(parseWaivers(text, 'waivers.yaml', CONTROLS).malformed).toMatchObject([
    { where: 'waiver 1', problem: expect.stringContaining('--wildcard-waivers') as string },
  ]);
  expect(parseWaivers(text, 'waivers.yaml', CONTROLS, { wildcards: true }).malformed).toEqual([]);
});

test('20.D: a waiver that ends in more than a year is not in force', () => {
  expect(waive(entry({ expires: '2027-11-22' })).findings[0]?.status).toBe('waived');
  expect(waive(entry({ expires: '2027-11-24' })).findings).toMatchObject([
    {
      status: 'fail',
      note: 'The waiver of ana is not in force: it ends on 2027-11-24, and at most a year from now is allowed.',
    },
  ]);
});

test('what was not evaluated cannot be waived', () => {
  const { findings, unused } = waive(entry(), [{ ...failing, status: 'not-evaluated' }]);
  expect(findings[0]?.status).toBe('not-evaluated');
  expect(unused).toHaveLength(1);
});

test('of two waivers the one in force counts', () => {
  expect(waive(entry({ expires: '2026-01-01' }) + entry()).findings[0]?.status).toBe('waived');
});

test.each(['waivers: [', 'waiver: []', '[]', ''])('a file that is not a list of waivers is an error: %j', (text) => {
  expect(() => parseWaivers(text, 'waivers.yaml', CONTROLS)).toThrow(HoldfastError);
});
