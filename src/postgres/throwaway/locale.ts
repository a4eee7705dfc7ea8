/** How a locale is passed to initdb, and what to do when the machine does not have it. */
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { ThrowawayLocale } from './options.js';

/** The locale of a cluster if no other is requested: it exists on every machine. */
export const DEFAULT_LOCALE: ThrowawayLocale = { collate: 'C', ctype: 'C' };

/**
 * initdb's arguments for encoding and locale.
 *
 * @param major of the server's version
 * @throws HoldfastError THROWAWAY_FAILED when that version does not know the locale provider
 */
export function localeArguments(encoding: string, locale: ThrowawayLocale, major: number): string[] {
  const provider = locale.provider ?? 'libc';
  const args = [
    `--encoding=${encoding}`,
    `--lc-collate=${locale.collate}`,
    `--lc-ctype=${locale.ctype}`,
    `--lc-monetary=${locale.lcMonetary ?? 'C'}`,
    // The rest only affects messages and to_char; we recognize English messages.
    '--lc-messages=C',
    '--lc-numeric=C',
    '--lc-time=C',
  ];
  if (provider === 'libc') {
    // Named because the default of initdb has changed before; older versions have no other.
    if (major >= 15) args.push('--locale-provider=libc');
    return args;
  }
  const since = provider === 'icu' ? 15 : 17;
  if (major < since) {
    throw new HoldfastError(
      'THROWAWAY_FAILED',
      `Starting a throwaway server with the locale provider ${quoted(provider)}: PostgreSQL ${major} has none; ${since} is the first.`,
      { hint: `Install the server programs of PostgreSQL ${since} or newer.` },
    );
  }
  args.push(`--locale-provider=${provider}`);
  const name = provider === 'icu' ? locale.icuLocale : locale.builtinLocale;
  if (name !== undefined) args.push(`--${provider}-locale=${name}`);
  if (provider === 'icu' && locale.icuRules) args.push(`--icu-rules=${locale.icuRules}`);
  return args;
}

/** The error of a failed initdb: names a locale that the machine does not have, and how to create it. */
export function initdbError(stderr: string, cause: unknown): HoldfastError {
  const missing = /invalid locale name "([^"]*)"/.exec(stderr)?.[1];
  if (missing !== undefined) {
    return new HoldfastError(
      'THROWAWAY_FAILED',
      `Starting a throwaway server with the locale ${quoted(missing)}: this machine does not have it.`,
      { cause, hint: localeHint(missing) },
    );
  }
  return new HoldfastError('THROWAWAY_FAILED', `initdb failed: ${stderr.trim() || 'it printed no reason'}`, { cause });
}

function localeHint(name: string): string {
  const charset = /\.([^@]+)/.exec(name)?.[1]?.replace(/^utf-?8$/i, 'UTF-8');
  const line = charset ? `${name} ${charset}` : `${name} ISO-8859-1`;
  return (
    `Create it, and run again. Debian and Ubuntu: apt-get install locales, add the line "${line}" to /etc/locale.gen, ` +
    `run locale-gen. Fedora and RHEL: dnf install glibc-langpack-${name.slice(0, 2)}. \`locale -a\` lists the installed ones.`
  );
}
