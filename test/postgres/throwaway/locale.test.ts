import { describe, expect, it } from 'vitest';
import { initdbError, localeArguments } from '../../../src/postgres/throwaway/locale.js';

describe("initdb's locale arguments", () => {
  it('name libc as the provider from PostgreSQL 15 on, where there is a choice', () => {
    const locale = { collate: 'en_US.UTF-8', ctype: 'C', lcMonetary: 'de_DE.UTF-8' };
    const args = localeArguments('UTF8', locale, 14);
    expect(args).toEqual(
      expect.arrayContaining([
        '--encoding=UTF8',
        '--lc-collate=en_US.UTF-8',
        '--lc-ctype=C',
        '--lc-monetary=de_DE.UTF-8',
        '--lc-messages=C',
      ]),
    );
    expect(args.join(' ')).not.toContain('provider');
    expect(localeArguments('UTF8', locale, 15)).toEqual([...args, '--locale-provider=libc']);
  });

  it('hand an ICU locale with its rules to versions that know it', () => {
    const locale = { collate: 'C', ctype: 'C', provider: 'icu', icuLocale: 'de', icuRules: '&a < b' } as const;
    expect(localeArguments('UTF8', locale, 16).slice(-3)).toEqual([
      '--locale-provider=icu',
      '--icu-locale=de',
      '--icu-rules=&a < b',
    ]);
    expect(() => localeArguments('UTF8', locale, 14)).toThrow(/"icu": PostgreSQL 14 has none; 15 is the first/);
  });

  it('hand a builtin locale to PostgreSQL 17 and refuse it before', () => {
    const locale = { collate: 'C', ctype: 'C', provider: 'builtin', builtinLocale: 'C.UTF-8' } as const;
    expect(localeArguments('UTF8', locale, 17).slice(-2)).toEqual([
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ]);
    expect(() => localeArguments('UTF8', locale, 16)).toThrow(/17 is the first/);
  });
});

describe('the error of a failed initdb', () => {
  it.each([
    ['de_DE.utf8', 'de_DE.utf8 UTF-8'],
    ['de_DE', 'de_DE ISO-8859-1'],
    ['de_DE.ISO-8859-15@euro', 'de_DE.ISO-8859-15@euro ISO-8859-15'],
  ])('for the missing locale %s gives the line of /etc/locale.gen', (name, line) => {
    const error = initdbError(`initdb: error: invalid locale name "${name}"`, undefined);
    expect(error.message).toContain(`"${name}"`);
    expect(error.hint).toContain(`"${line}"`);
  });

  it('is what initdb said when it says something else', () => {
    expect(initdbError('initdb: error: no space\n', undefined).message).toBe('initdb failed: initdb: error: no space');
  });
});
