import { expect, it } from 'vitest';
import { programName } from '../../../../src/cli/commands/demo/program-name.js';

it('names the program as it can be typed: in a clone by its path, elsewhere by its name', () => {
  expect(programName('/home/a/holdfast/bin/holdfast', '/home/a/holdfast')).toBe('./bin/holdfast');
  expect(programName('/home/a/app/node_modules/.bin/holdfast', '/home/a/app')).toBe('holdfast');
  expect(programName('/usr/local/bin/holdfast', '/home/a')).toBe('holdfast');
  expect(programName(undefined, '/home/a')).toBe('holdfast');
});
