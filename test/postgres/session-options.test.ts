import { describe, expect, it } from 'vitest';
import { sessionOptions } from '../../src/postgres/session-options.js';

/** As the server reads them: pg_split_opts of postinit.c. */
function split(options: string): string[] {
  const found: string[] = [];
  for (let at = 0; ;) {
    while (/\s/.test(options[at] ?? '')) at++;
    if (at >= options.length) return found;
    let word = '';
    for (; at < options.length && !/\s/.test(options[at]!); at++) {
      if (options[at] === '\\') at++;
      word += options[at] ?? '';
    }
    found.push(word);
  }
}

describe('A1: startup options', () => {
  it.each([
    ' ',
    '\t',
    '\n',
    '\v',
    '\f',
    '\r',
    '\\',
    '\\\t',
    ' -c a=b',
    '\t-c\tsession_preload_libraries=/tmp/evil',
    '',
  ])('are one option for one setting, whatever its value holds: %j', (value) => {
    const options = sessionOptions([
      ['TimeZone', `UTC${value}`],
      ['a.b', value],
    ]);
    expect(split(options)).toEqual(['-c', `TimeZone=UTC${value}`, '-c', `a.b=${value}`]);
  });

  it.each(['\0', '\u0085', '\u00a0', 'é', '…'])('are not written with %j, which no server reads alike', (value) => {
    expect(() => sessionOptions([['TimeZone', value]])).toThrow(/TimeZone, is not ASCII/);
  });

  it.each(['', 'a b', 'a\tb', '-c', 'a=b'])('are not written for a setting called %j', (name) => {
    expect(() => sessionOptions([[name, 'on']])).toThrow(/is no name of a setting/);
  });
});
