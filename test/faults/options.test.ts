import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../helpers/temporary-directory.js';
import type { FaultKind } from './harness/fault-kind.js';
import { helpText, readOptions } from './options.js';

const kind = (name: string): FaultKind => ({ name, about: `about ${name}`, inject: () => Promise.reject(new Error()) });
const KINDS = [kind('kill-psql'), kind('disk-full'), kind('at-once')];
const read = (...args: readonly string[]) => readOptions(args, KINDS, '/tmp');

it('runs five of each kind with a new seed where nothing is said', () => {
  expect(read()).toEqual({
    seed: expect.stringMatching(/^\d+$/) as string,
    count: 15,
    kinds: KINDS,
    only: undefined,
    json: undefined,
  });
});

it('takes a seed, a count, some kinds and one fault of one kind', () => {
  expect(read('--seed', 'abc', '--count', '60')).toMatchObject({ seed: 'abc', count: 60, kinds: KINDS });
  expect(read('--only', 'at-once', '--only=kill-psql')).toMatchObject({ count: 10, kinds: [KINDS[0], KINDS[2]] });
  expect(read('--only', 'at-once', '--case', '0')).toMatchObject({ only: 0, kinds: [KINDS[2]] });
});

it('writes the report where the user stands, and asks for the place before the run', () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'taken'));
  const json = (file: string) => readOptions(['--json', file], KINDS, directory)?.json;
  expect(json('out.json')).toBe(join(directory, 'out.json'));
  expect(() => json('none/out.json')).toThrow(`the directory ${join(directory, 'none')} is not there`);
  expect(() => json('taken')).toThrow('it is not a file');
});

it('shows the help, which names all kinds', () => {
  expect(read('--help')).toBeUndefined();
  expect(read('-h', '--count', '1')).toBeUndefined();
  for (const { name, about } of KINDS) expect(helpText(KINDS)).toMatch(new RegExp(`^  ${name} +${about}$`, 'm'));
});

it.each([
  [['--only', 'kill-sql'], 'There is no kind "kill-sql"; the nearest is kill-psql.'],
  [['--count', '0'], '--count takes a whole number from 1 on, not "0".'],
  [['--count', '1e3'], '--count takes a whole number from 1 on, not "1e3".'],
  [['--case', '3'], '--case needs one --only.'],
  [['--only', 'at-once', '--only', 'disk-full', '--case', '3'], '--case needs one --only.'],
  [['--only', 'at-once', '--case', '3', '--count', '2'], '--case is one fault, and takes no --count.'],
  [['--seed', ''], '--seed is empty.'],
  [['60'], "Unexpected argument '60'"],
  [['--sed', '7'], "Unknown option '--sed'"],
])('refuses %j', (args, message) => {
  expect(() => read(...args)).toThrow(message);
});
