import { expect, test } from 'vitest';
import { formatAudit } from '../../../src/cli/audit/audit-table.js';
import { styleOf } from '../../../src/cli/text/style.js';
import { sampleReport } from '../../audit/report/sample-audit.js';

const LOG = styleOf({ stream: {}, env: {}, color: false });
const narrow = (color: boolean) => styleOf({ stream: { isTTY: true, columns: 60 }, env: { TERM: 'xterm' }, color });

test('in a log each finding is one row, worst first, and what is in order is a number', () => {
  const text = formatAudit(sampleReport(), { all: false }, LOG);
  const rows = text.split('\n\n')[0]?.split('\n') ?? [];
  expect(rows).toHaveLength(5);
  expect(rows[2]).toMatch(/^critical +fails +sample-tagged +open +Nobody owns it\.$/);
  expect(rows[3]).toMatch(/^low +not evaluated +sample-versioned +unknown +Not read: /);
  expect(text).toContain('6 checks of 2 controls passed');
  expect(text).not.toMatch(/\bpasses\b/);
});

test('all of it shows what passes, too', () => {
  expect(formatAudit(sampleReport(), { all: true }, LOG)).toMatch(/critical +passes +sample-tagged +good/);
});

test('on a narrow screen what is wrong comes below its row, and no line is wider than the screen but words', () => {
  const lines = formatAudit(sampleReport(), { all: false }, narrow(false)).split('\n');
  expect(lines).toContain('    Nobody owns it.');
  expect(lines.every((line) => line.length <= 64)).toBe(true);
});

test('colors are for terminals', () => {
  expect(formatAudit(sampleReport(), { all: false }, narrow(true))).toContain('\u001b[31m');
  expect(formatAudit(sampleReport(), { all: false }, LOG)).not.toContain('\u001b[');
});

test('the comparison names what is fixed', () => {
  const comparison = {
    readAt: '2026-11-01T00:00:00.000Z',
    changes: [{ change: 'fixed' as const, key: 'k', control: 'sample-tagged', resourceName: 'gone' }],
  };
  const text = formatAudit(sampleReport(), { comparison, all: false }, LOG);
  expect(text).toContain('0 new, 0 still open, 1 fixed.');
  expect(text).toContain('fixed: sample-tagged gone');
});
