import { expect, test } from 'vitest';
import { exitOfAudit } from '../../../src/cli/audit/exit-of-audit.js';
import { planOutputs } from '../../../src/cli/audit/outputs.js';
import { NO_WAIVERS } from '../../../src/audit/waivers/waiver.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { sampleReport, tagged, versioned } from '../../audit/report/sample-audit.js';

test('the n-th file takes the n-th format, and what has none goes to the screen', async () => {
  expect(await planOutputs('/w', ['sarif', 'junit', 'csv'], ['a.sarif', 'b.xml'])).toEqual({
    shown: 'csv',
    files: [
      { format: 'sarif', path: '/w/a.sarif' },
      { format: 'junit', path: '/w/b.xml' },
    ],
  });
  expect(await planOutputs('/w', [], [])).toEqual({ shown: 'table', files: [] });
});

test('a directory takes all formats, whether it exists or is only written like one', async () => {
  const directory = temporaryDirectory();
  const expected = [`${directory}/audit.csv`, `${directory}/audit.md`];
  expect((await planOutputs('/', ['csv', 'markdown'], [directory])).files.map(({ path }) => path)).toEqual(expected);
  expect((await planOutputs('/w', ['html'], ['new/'])).files).toEqual([{ format: 'html', path: '/w/new/audit.html' }]);
});

test('findings are 3, what is not evaluated is 4, and findings are the worse', () => {
  const exit = (controls: (typeof tagged)[]) => exitOfAudit(sampleReport({ controls }), { onlyNew: false });
  expect(exit([tagged])).toBe(3);
  expect(exit([versioned])).toBe(4);
  expect(exit([tagged, versioned])).toBe(3);
  expect(exitOfAudit(sampleReport({ controls: [versioned], waivers: NO_WAIVERS }), { onlyNew: false })).toBe(3);
});

test('with only new ones counted, known findings are no findings, and what is not evaluated still is', () => {
  const comparison = { readAt: '', changes: [{ change: 'open' as const, key: '', control: '' }] };
  expect(exitOfAudit(sampleReport({ controls: [tagged] }), { comparison, onlyNew: true })).toBe(0);
  expect(exitOfAudit(sampleReport(), { comparison, onlyNew: true })).toBe(4);
  const fresh = { readAt: '', changes: [{ change: 'new' as const, key: '', control: '' }] };
  expect(exitOfAudit(sampleReport(), { comparison: fresh, onlyNew: true })).toBe(3);
});
