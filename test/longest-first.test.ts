import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TestSpecification, Vitest } from 'vitest/node';
import { LONGEST, LongestFirst, missingFromLongest } from './longest-first.mjs';

const ROOT = join(import.meta.dirname, '..');

/** vitest, as far as a sequencer looks at it. */
function runOf(sizes: Readonly<Record<string, number>>) {
  const cache = {
    getFileTestResults: () => undefined,
    getFileStats: (key: string) => ({ size: sizes[key.split(':')[1] ?? ''] ?? 0 }),
  };
  return { config: { root: ROOT }, cache } as unknown as Vitest;
}

function specification(project: string, path: string) {
  const config = { isolate: false, sequence: { groupOrder: 0 } };
  return { project: { name: project, config }, moduleId: join(ROOT, path) } as unknown as TestSpecification;
}

it('files that take longest start first in their project, the others by their size', async () => {
  const [first = '', second = ''] = LONGEST;
  const sizes = { 'test/small.test.ts': 1, 'test/large.test.ts': 9, [first]: 2, [second]: 3 };
  const specifications = [
    specification('unit', 'test/other.test.ts'),
    ...['test/small.test.ts', second, 'test/large.test.ts', first].map((path) => specification('integration', path)),
  ];
  const sorted = await new LongestFirst(runOf(sizes)).sort(specifications);
  expect(sorted.map(({ moduleId }) => moduleId.slice(ROOT.length + 1))).toEqual([
    first,
    second,
    'test/large.test.ts',
    'test/small.test.ts',
    'test/other.test.ts',
  ]);
});

it('a file that took longer than half of the list is missing from it, if the whole list has run', () => {
  const whole = new Map(LONGEST.map((path, index) => [path, 1000 - index]));
  const middle = 1000 - Math.floor(LONGEST.length / 2);
  const run = new Map([...whole, ['test/slow.test.ts', middle + 1], ['test/quick.test.ts', middle - 1]]);
  expect(missingFromLongest(run)).toEqual(['test/slow.test.ts']);
  expect(missingFromLongest(new Map([...run].filter(([path]) => path !== LONGEST[0])))).toEqual([]);
});
