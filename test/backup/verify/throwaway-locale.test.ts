import { describe, expect, test } from 'vitest';
import { throwawayLocale } from '../../../src/backup/verify/throwaway-drill.js';
import { localeArguments } from '../../../src/postgres/throwaway/locale.js';

describe('the locale of a manifest', () => {
  test.each([
    ['builtin', 'C.UTF-8', '--builtin-locale=C.UTF-8'],
    ['icu', 'de', '--icu-locale=de'],
  ] as const)('of the provider %s is handed to initdb as that of this provider', (provider, name, argument) => {
    const locale = { collate: 'C', ctype: 'C', lcMonetary: 'C', provider, icuLocale: name };
    expect(localeArguments('UTF8', throwawayLocale(locale), 17).slice(-2)).toEqual([
      `--locale-provider=${provider}`,
      argument,
    ]);
  });
});
