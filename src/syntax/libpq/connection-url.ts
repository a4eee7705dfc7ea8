/**
 * Connection URLs, read as libpq reads them (`conninfo_uri_parse` in fe-connect.c) and not as the web does:
 * the host may be empty or a list, a socket directory may be in the query, `+` is a plus sign.
 *
 * By hand: `pg-connection-string` reads them as the web does.
 */
import { HoldfastError } from '../../core/errors.js';
import { Secret } from '../../core/secret.js';
import { quoted } from '../../core/quoted.js';
import { KEYWORDS, SECRET_KEYWORDS } from './connection-keywords.js';
import type { ConnectionTarget } from './connection-target.js';

const SCHEME = /^postgres(?:ql)?:\/\//;

/**
 * Parses `postgres://…` or `postgresql://…`.
 *
 * @throws HoldfastError URL_INVALID. The message never repeats the URL, which may hold a password.
 */
export function parseConnectionUrl(text: string): ConnectionTarget {
  const scheme = SCHEME.exec(text);
  if (!scheme) throw invalidUrl('it does not begin with postgres:// or postgresql://');
  const settings = new Map<string, string>();
  const set = (key: string, raw: string) => settings.set(key, decode(raw, key));

  const { credentials, rest } = splitCredentials(text.slice(scheme[0].length));
  if (credentials !== undefined) {
    const colon = credentials.indexOf(':');
    const user = colon < 0 ? credentials : credentials.slice(0, colon);
    if (user) set('user', user);
    if (colon >= 0 && colon + 1 < credentials.length) set('password', credentials.slice(colon + 1));
  } else if (looksLikeCredentials(rest)) {
    // libpq would take "me:pa/ss@host/db" as the host "me"; the rest of the password would show up in messages.
    throw invalidUrl(
      'a "/" in the user or password must be written %2F, and an "@" in the database name must be written %40',
    );
  }

  const { hosts, ports, after } = readHosts(rest);
  if (hosts) set('host', hosts);
  if (ports) set('port', ports);

  const question = after.indexOf('?');
  const path = question < 0 ? after : after.slice(0, question);
  // An empty name does not count: PGDATABASE then applies.
  if (path.length > 1) set('dbname', path.slice(1));
  if (question >= 0) readQuery(after.slice(question + 1), settings);
  return toTarget(settings);
}

/**
 * Whether a URL (or what was meant to be one) contains a password or another secret. Never throws, and says yes in
 * doubt: it decides whether a text may appear in an argument list.
 */
export function hasPassword(urlText: string): boolean {
  const scheme = SCHEME.exec(urlText);
  if (!scheme) return /password\s*=/i.test(urlText) || looksLikeCredentials(urlText);
  const { credentials, rest } = splitCredentials(urlText.slice(scheme[0].length));
  if (credentials !== undefined && /:./s.test(credentials)) return true;
  if (credentials === undefined && looksLikeCredentials(rest)) return true;
  const query = rest.includes('?') ? rest.slice(rest.indexOf('?') + 1) : '';
  return query.split('&').some((pair) => {
    const key = pair.split('=')[0] ?? '';
    const name = /%/.test(key) ? decodeLoosely(key) : key;
    return (name === 'password' || SECRET_KEYWORDS.has(name)) && pair.length > key.length + 1;
  });
}

/** User and password end at the first `@`, if that comes before the first `/`. */
function splitCredentials(text: string): { credentials: string | undefined; rest: string } {
  const end = text.search(/[@/]/);
  if (end < 0 || text[end] !== '@') return { credentials: undefined, rest: text };
  return { credentials: text.slice(0, end), rest: text.slice(end + 1) };
}

function looksLikeCredentials(text: string): boolean {
  return /:[^?]*@/.test(text);
}

function readHosts(text: string): { hosts: string; ports: string; after: string } {
  const hosts: string[] = [];
  const ports: string[] = [];
  let rest = text;
  for (;;) {
    let host: string;
    if (rest.startsWith('[')) {
      const end = rest.indexOf(']');
      if (end < 0) throw invalidUrl('the "[" of an IPv6 address has no matching "]"');
      if (end === 1) throw invalidUrl('an IPv6 address between "[" and "]" may not be empty');
      host = rest.slice(1, end);
      rest = rest.slice(end + 1);
      if (!/^(?:$|[:/?,])/.test(rest)) throw invalidUrl('an IPv6 address is followed by neither a port nor a "/"');
    } else {
      [host, rest] = splitAt(rest, /[:/?,]/);
    }
    hosts.push(host);
    let port = '';
    if (rest.startsWith(':')) [port, rest] = splitAt(rest.slice(1), /[/?,]/);
    ports.push(port);
    if (!rest.startsWith(',')) break;
    rest = rest.slice(1);
  }
  const join = (list: string[]) => (list.length === 1 && list[0] === '' ? '' : list.join(','));
  return { hosts: join(hosts), ports: ports.every((port) => port === '') ? '' : join(ports), after: rest };
}

function splitAt(text: string, separator: RegExp): [string, string] {
  const at = text.search(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}

function readQuery(query: string, settings: Map<string, string>): void {
  if (query === '') return;
  for (const pair of query.split('&')) {
    const [rawKey, rawValue, ...more] = pair.split('=');
    // A pair without a separator may be a part of a password with an unescaped "&": its text is not repeated.
    if (rawKey === undefined || rawValue === undefined) throw invalidUrl('a query parameter has no "="');
    if (more.length > 0) throw invalidUrl('a query parameter has more than one "=": write %3D inside a value');
    let key = decode(rawKey, 'a query parameter');
    let value = decode(rawValue, key);
    if (key === 'ssl' && value === 'true') [key, value] = ['sslmode', 'require'];
    if (SECRET_KEYWORDS.has(key)) {
      throw new HoldfastError('URL_INVALID', `Reading the connection URL: it holds the secret ${quoted(key)}.`, {
        hint: 'Holdfast passes on no secret except the password. Use a client key without a passphrase, in a file with mode 0600.',
      });
    }
    if (!KEYWORDS.has(key)) {
      // Anything but a word may be a part of a password with an unescaped "?".
      const shown = /^[a-z_]{1,32}$/.test(key) ? `${quoted(key)}` : 'the name of a query parameter';
      throw invalidUrl(`${shown} is not a parameter of libpq`);
    }
    settings.set(key, value);
  }
}

function toTarget(settings: Map<string, string>): ConnectionTarget {
  const take = (key: string) => {
    const value = settings.get(key);
    settings.delete(key);
    return value || undefined;
  };
  const [host, port, user, database, password] = [
    take('host'),
    take('port'),
    take('user'),
    take('dbname'),
    take('password'),
  ];
  for (const one of port?.split(',') ?? []) {
    // The value is not repeated: in a badly escaped URL it may be a part of the password.
    if (one !== '' && !(/^\d+$/.test(one) && Number(one) >= 1 && Number(one) <= 65_535)) {
      throw invalidUrl('the port is not a number from 1 to 65535');
    }
  }
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    ...(database !== undefined && { database }),
    ...(password !== undefined && { password: new Secret(password) }),
    parameters: Object.fromEntries(settings),
  };
}

function decode(text: string, what: string): string {
  if (/%(?![0-9a-f]{2})/i.test(text)) throw invalidUrl(`the percent sign in ${what} is not followed by two hex digits`);
  if (/%00/.test(text)) throw invalidUrl(`${what} contains %00, which libpq forbids`);
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidUrl(`${what} is not UTF-8 when percent-decoded`);
  }
}

function decodeLoosely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invalidUrl(reason: string): HoldfastError {
  return new HoldfastError('URL_INVALID', `Reading the connection URL: ${reason}.`);
}
