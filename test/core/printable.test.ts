import { expect, it } from 'vitest';
import { printable, printableLine } from '../../src/core/printable.js';

it('escapes what a terminal would obey: control sequences, deletes, and marks that reorder text', () => {
  expect(printable('a\u001b[31mb\u0007\u007f\u009b\u202ec\rd')).toBe('a\\u001b[31mb\\u0007\\u007f\\u009b\\u202ec\\rd');
});

it('leaves letters of all scripts, line breaks and tabs as they are', () => {
  expect(printable('Größe 表\n\tü')).toBe('Größe 表\n\tü');
});

it('keeps a name on one line', () => {
  expect(printableLine('two\nlines\tof')).toBe('two\\nlines\\tof');
});
