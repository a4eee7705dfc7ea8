import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.js';
import { hasPassword, parseConnectionUrl } from '../../../src/syntax/libpq/connection-url.js';

/** The target as plain data, the password revealed. */
function parsed(text: string): Record<string, unknown> {
  const { password, parameters, ...rest } = parseConnectionUrl(text);
  return { ...rest, ...parameters, ...(password && { password: password.reveal() }) };
}

function refusal(text: string): HoldfastError {
  try {
    parseConnectionUrl(text);
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  throw new Error(`"${text}" was accepted`);
}

describe('parseConnectionUrl', () => {
  // The cases of libpq's own regression test (src/interfaces/libpq/t/001_uri.pl), and a few of ours.
  it.each<[string, Record<string, string>]>([
    [
      'postgresql://uri-user:secret@host:12345/db',
      { user: 'uri-user', password: 'secret', host: 'host', port: '12345', database: 'db' },
    ],
    ['postgresql://uri-user@host:12345/', { user: 'uri-user', host: 'host', port: '12345' }],
    ['postgresql://host:12345/db', { host: 'host', port: '12345', database: 'db' }],
    ['postgresql://uri-user@/db', { user: 'uri-user', database: 'db' }],
    ['postgresql://uri-user@host?', { user: 'uri-user', host: 'host' }],
    ['postgresql://host/db?user=uri-user', { user: 'uri-user', host: 'host', database: 'db' }],
    ['postgresql://host:12345?user=uri-user', { user: 'uri-user', host: 'host', port: '12345' }],
    ['postgresql://host?user=uri-user&port=12345', { user: 'uri-user', host: 'host', port: '12345' }],
    ['postgresql://[::1]:12345/db', { host: '::1', port: '12345', database: 'db' }],
    ['postgresql://[2001:db8::1234]/', { host: '2001:db8::1234' }],
    ['postgresql://[::1]?user=uri-user', { host: '::1', user: 'uri-user' }],
    ['postgres://', {}],
    ['postgres:///', {}],
    ['postgres:///db', { database: 'db' }],
    ['postgres://uri-user@/', { user: 'uri-user' }],
    ['postgres://?host=/path/to/socket/dir', { host: '/path/to/socket/dir' }],
    ['postgres://%2Fvar%2Flib%2Fpostgresql/dbname', { host: '/var/lib/postgresql', database: 'dbname' }],
    ['postgres:///postgres?host=/path/to/socket/dir', { host: '/path/to/socket/dir', database: 'postgres' }],
    ['postgresql://host?uzer=', {}],
    ['postgresql://%68ost/', { host: 'host' }],
    ['postgres://user@host:/db', { user: 'user', host: 'host', database: 'db' }],
    ['postgres://one:1,two,[::3]:3/db', { host: 'one,two,::3', port: '1,,3', database: 'db' }],
    ['postgres://one,two/db', { host: 'one,two', database: 'db' }],
    ['postgres://u:p?w:x@host/a+b%20c%2Fd', { user: 'u', password: 'p?w:x', host: 'host', database: 'a+b c/d' }],
    [
      'postgres://u:p%40%2F@h/d?sslmode=verify-full&sslrootcert=%2Fca.crt',
      { user: 'u', password: 'p@/', host: 'h', database: 'd', sslmode: 'verify-full', sslrootcert: '/ca.crt' },
    ],
    ['postgres://h/d?ssl=true', { host: 'h', database: 'd', sslmode: 'require' }],
    ['postgres://h/a?dbname=b&password=x', { host: 'h', database: 'b', password: 'x' }],
    ['postgres://h/%C3%A9', { host: 'h', database: 'é' }],
  ])('reads %s as libpq does', (text, expected) => {
    if (text.includes('uzer')) expect(refusal(text).message).toContain('"uzer" is not a parameter');
    else expect(parsed(text)).toEqual(expected);
  });

  it.each([
    ['http://host/db', /does not begin with postgres/],
    ['host=localhost', /does not begin with postgres/],
    ['postgres://[::1', /no matching "\]"/],
    ['postgres://[]', /may not be empty/],
    ['postgres://[::1]z', /followed by neither/],
    ['postgres://%', /two hex digits/],
    ['postgres://%1', /two hex digits/],
    ['postgres://%00', /%00/],
    ['postgres://%ff', /not UTF-8/],
    ['postgres://host?zzz', /no "="/],
    ['postgres://host?value1&value2', /no "="/],
    ['postgres://host?key=key=value', /more than one "="/],
    ['postgres://host:port/db', /not a number from 1 to 65535/],
    ['postgres://host:65536/db', /not a number from 1 to 65535/],
    ['postgres://a:1,b:0/db', /not a number from 1 to 65535/],
  ])('refuses %s', (text, message) => {
    expect(refusal(text).code).toBe('URL_INVALID');
    expect(refusal(text).message).toMatch(message);
  });

  it.each(['sslpassword', 'scram_client_key', 'oauth_client_secret'])(
    'refuses the secret %s, without repeating it',
    (key) => {
      const error = refusal(`postgres://h/d?${key}=hunter2`);
      expect(error.message).toContain(key);
      expect(inspect(error)).not.toContain('hunter2');
    },
  );

  it.each([
    'postgres://me:hunter2/x@host/db',
    'postgres://me:99/hunter2@host/db',
    'postgres://me:hunter2%@host/db',
    'postgres://me:hunter2@host:port/db',
    'postgres://me@host/db?password=hunter2&x',
    'postgres://me@host/db?password=hun=ter2&hunter2',
    'postgres://me@host/db?password=a&hunter2',
    'postgres:/me:hunter2@host/db',
  ])('never repeats what may be a password: %s', (text) => {
    expect(inspect(refusal(text))).not.toContain('hunter2');
  });

  it('reads back whatever was percent-encoded', () => {
    const part = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(part, part, part, part, (user, password, host, database) => {
        const [u, p, h, d] = [user, password, host, database].map((text) => encodeURIComponent(text));
        const target = parsed(`postgres://${u}:${p}@${h}:5432/${d}`);
        expect(target).toEqual({
          user,
          password,
          host,
          port: '5432',
          database,
        });
      }),
    );
  });
});

describe('hasPassword', () => {
  it.each([
    'postgres://me:pw@host/db',
    'postgres://:pw@host/db',
    'postgres://host/db?password=pw',
    'postgres://host/db?sslmode=require&p%61ssword=pw',
    'postgres://host/db?sslpassword=pw',
    'postgres://me:p/w@host/db',
    'postgres://me:12/w@host/db',
    'postgres:/me:pw@host',
    'host=x password=pw',
    'me:pw@host/db',
  ])('is true for %s', (text) => expect(hasPassword(text)).toBe(true));

  it.each([
    'postgres://me@host/db',
    'postgres://me:@host/db',
    'postgres://host:5432/db',
    'postgres://host/db?password=',
    'postgres://me@[::1]:5432/db?sslmode=require&passfile=/home/me/.pgpass',
    'postgres://me@/db?host=/tmp',
    'postgres://me@host/a%40b',
    'shop',
    '-',
  ])('is false for %s', (text) => expect(hasPassword(text)).toBe(false));

  it('is true whenever parsing finds a password', () => {
    const piece = fc.constantFrom(
      'a',
      ':',
      '@',
      '/',
      '?',
      '=',
      '&',
      'password',
      '%70assword',
      '[',
      ']',
      ',',
      '%',
      '%41',
      '1',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = `postgres://${pieces.join('')}`;
        let found: boolean;
        try {
          found = parseConnectionUrl(text).password !== undefined;
        } catch {
          return;
        }
        if (found) expect(hasPassword(text)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
