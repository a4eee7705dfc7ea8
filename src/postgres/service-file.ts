/** Named services (`service=name`, PGSERVICE) from pg_service.conf. */
import { join } from 'node:path';
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { readServiceSection } from '../syntax/libpq/service-section.js';
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
      const words = text.refused === 'mode' ? 'can be written by every user' : text.words;
      throw new HoldfastError(
        'URL_INVALID',
        `Looking up the service ${quoted(name)}: the service file ${quoted(path)} ${words}.`,
        {
          hint: 'Make it a plain file that others may not write, owned by the user that runs Holdfast or by root.',
        },
      );
    }
    const settings = text && readServiceSection(text.toString('utf8'), name, path);
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
