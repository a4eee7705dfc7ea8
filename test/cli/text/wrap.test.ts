import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wrapText } from '../../../src/cli/text/wrap.js';

it('breaks at spaces and indents what follows', () => {
  expect(wrapText('error: one two three four', 16, 2)).toBe('error: one two\n  three four');
});

it('keeps the indent of a line for its continuation', () => {
  expect(wrapText('  - alpha beta gamma', 12, 2)).toBe('  - alpha\n    beta\n    gamma');
});

it('B15: indents what follows a line break in the text, so that no name or message begins a line of ours', () => {
  expect(wrapText('error: the database x\nerror: all is lost', 60, 2)).toBe(
    'error: the database x\n  error: all is lost',
  );
  expect(wrapText('  name  x\nerror: y', 60, 6)).toBe('  name  x\n        error: y');
});

it('leaves a word whole that is longer than the line, so that a path can be copied', () => {
  expect(wrapText('at /a/very/long/path now', 10)).toBe('at\n/a/very/long/path\nnow');
});

it('loses no word and makes no line too long but for single words, whatever the text and width', () => {
  const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'b', '.', '-') });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), fc.integer({ min: 5, max: 40 }), (words, width) => {
      const wrapped = wrapText(words.join(' '), width, 2);
      expect(wrapped.split(/\s+/).filter(Boolean)).toEqual(words);
      for (const line of wrapped.split('\n')) {
        expect(line.length <= width || !line.trim().includes(' ')).toBe(true);
      }
    }),
  );
});
