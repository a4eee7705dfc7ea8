/**
 * A section of pg_service.conf, as libpq reads it (`parseServiceFile` in fe-connect.c).
 *
 * By hand: no package reads service files, and readers of INI files have rules of their own for quotes and comments.
 */
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { KEYWORDS } from './connection-keywords.js';

/**
 * The settings of one service in the text of a service file; `undefined` if it has no such section.
 *
 * @param path of the file, for messages
 * @throws HoldfastError URL_INVALID for a line that is not a setting
 */
export function readServiceSection(text: string, name: string, path: string): Map<string, string> | undefined {
  let settings: Map<string, string> | undefined;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (settings) return settings;
      if (line === `[${name}]`) settings = new Map();
      continue;
    }
    if (!settings) continue;
    const equals = line.indexOf('=');
    const key = equals < 0 ? '' : line.slice(0, equals).trimEnd();
    if (!KEYWORDS.has(key) || key.startsWith('service')) {
      // The line is not repeated: it may hold a password.
      throw new HoldfastError(
        'URL_INVALID',
        `Reading service ${quoted(name)} in ${path}: ${key ? quoted(key) : 'a line'} is not a setting.`,
      );
    }
    // As in libpq, the first of two settings counts.
    if (!settings.has(key)) settings.set(key, line.slice(equals + 1).trimStart());
  }
  return settings;
}
