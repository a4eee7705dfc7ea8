/** Named services (`service=name`, PGSERVICE) from pg_service.conf. */
import { join } from 'node:path';
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { KEYWORDS } from '../libpq/connection-keywords.js';
import { readOwnFile } from './own-file.js';

/** Where builds of libpq look when PGSYSCONFDIR is unset: Debian's, PGDG's RPMs', and the plain one. */
const SYSTEM_DIRECTORIES = ['/etc/postgresql-common', '/etc/sysconfig/pgsql', '/etc'];

/**
 * The settings of one service, by keyword; a password may be among them.
 *
 * A file that others may have planted or can change is not read: it says where a password is sent.
 *
 * @throws HoldfastError URL_INVALID when no file defines the service, its section is malformed, or a file belongs to
 *   somebody else
 */
export async function readService(
  name: string,
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Map<string, string>> {
  const files = [
    file || (env.HOME ? join(env.HOME, '.pg_service.conf') : undefined),
    ...(env.PGSYSCONFDIR ? [env.PGSYSCONFDIR] : SYSTEM_DIRECTORIES).map((directory) =>
      join(directory, 'pg_service.conf'),
    ),
  ].filter((path) => path !== undefined);
  for (const path of files) {
    const text = await readOwnFile(path, { forbiddenMode: () => 0o002, followLink: path === file });
    if (text && 'refused' in text) {
      // If a file cannot be read, libpq goes on to the next one.
      if (text.refused === 'unreadable') continue;
      const words = text.refused === 'mode' ? 'may be written by every user' : text.words;
      throw new HoldfastError(
        'URL_INVALID',
        `Looking up the service ${quoted(name)}: the service file ${quoted(path)} ${words}.`,
        {
          hint: 'Make it a plain file that others may not write, owned by the user that runs Holdfast or by root.',
        },
      );
    }
    const settings = text && readSection(text.toString('utf8'), name, path);
    if (settings) return settings;
  }
  throw new HoldfastError(
    'URL_INVALID',
    `Looking up the service ${quoted(name)}: none of ${files.join(', ')} defines it.`,
    {
      hint: 'Add a section with that name to one of these files, or give host, port, user and database.',
    },
  );
}

function readSection(text: string, name: string, path: string): Map<string, string> | undefined {
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
