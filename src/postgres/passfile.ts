/**
 * Passwords from libpq's password file, under the conditions under which libpq reads it.
 *
 * By hand: `pgpass` follows links and warns by itself; here, why a file is not read is part of the answer.
 */
import { join } from 'node:path';
import { Secret } from '../core/secret.js';
import { quoted } from '../core/quoted.js';
import { readOwnFile } from './own-file.js';

export interface PassfileQuery {
  /** A host name, an address, or a socket directory. */
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

/** What a password file gave, or why it gave nothing where that is worth reporting. */
export interface PassfileAnswer {
  readonly password?: Secret;
  /** Why an existing file was not read. */
  readonly refused?: string;
}

/** The file that libpq would read: the `passfile` setting, otherwise `~/.pgpass`. */
export function passfilePath(passfile: string | undefined, home: string | undefined): string | undefined {
  return passfile || (home ? join(home, '.pgpass') : undefined);
}

/** Sockets in these directories are `localhost` in the file: each is the default of some build of libpq. */
const DEFAULT_SOCKET_DIRECTORIES = new Set(['/tmp', '/var/run/postgresql', '/run/postgresql']);

/**
 * The password of the first line that matches, as libpq matches it.
 *
 * A missing file is not an error. As in libpq, one that is not a plain file, or that group or others may access, is not
 * read. Unlike in libpq, neither is one behind a link or owned by another user. The answer then says so.
 */
export async function readPassfile(path: string, query: PassfileQuery): Promise<PassfileAnswer> {
  const file = await readOwnFile(path, { forbiddenMode: () => 0o077 });
  if (!file) return {};
  if ('refused' in file) {
    const words = file.refused === 'mode' ? `can be accessed by group or others; run: chmod 0600 ${path}` : file.words;
    return { refused: `password file ${quoted(path)} ${words}` };
  }
  const text = file.toString('utf8');
  const host = DEFAULT_SOCKET_DIRECTORIES.has(query.host) ? 'localhost' : query.host;
  const wanted = [host, query.port, query.database, query.user];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const fields = splitFields(line.replace(/\r$/, ''));
    if (fields.length < 5) continue;
    if (wanted.every((value, index) => fields[index] === '*' || unescape(fields[index]) === value)) {
      const password = unescape(fields[4]);
      return password ? { password: new Secret(password) } : {};
    }
  }
  return {};
}

/** Four fields and the rest, cut at colons that no backslash precedes; escapes stay in. */
function splitFields(line: string): string[] {
  return [...line.matchAll(/((?:\\.|[^\\:])*\\?)(?::|$)/g)].map((match) => match[1] ?? '').slice(0, 5);
}

function unescape(field: string | undefined): string {
  return (field ?? '').replace(/\\(.)/g, '$1');
}
