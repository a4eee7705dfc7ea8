import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.js';
import { conninfo, describeTarget } from '../../../src/syntax/libpq/connection-target.js';

/** conninfo strings as libpq reads them (conninfo_parse), quoted values only. */
function readConninfo(text: string): Record<string, string> {
  const settings: Record<string, string> = {};
  const pattern = /([a-z_]+)='((?:\\[^]|[^'\\])*)'(?: |$)/gy;
  let at = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    settings[match[1]!] = match[2]!.replace(/\\([^])/g, '$1');
    at = pattern.lastIndex;
  }
  if (at !== text.length) throw new Error(`unreadable from ${at}: ${text}`);
  return settings;
}

describe('conninfo', () => {
  it('quotes every value and leaves the password out', () => {
    const target = {
      host: '/tmp',
      port: '5433',
      user: 'me',
      database: `it's a=b \\`,
      parameters: { sslmode: 'verify-full', options: '-c a=b' },
      password: new Secret('hunter2'),
    };
    expect(conninfo(target)).toBe(
      `host='/tmp' port='5433' user='me' dbname='it\\'s a=b \\\\' sslmode='verify-full' options='-c a=b'`,
    );
  });

  it('leaves open what the target leaves open', () => {
    expect(conninfo({ parameters: {} })).toBe('');
    expect(conninfo({ database: '', parameters: {} })).toBe(`dbname=''`);
  });

  it('reads back as it was, whatever the names are', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (user, database, options) => {
        const text = conninfo({ user, database, parameters: { options } });
        expect(readConninfo(text)).toEqual({ user, dbname: database, options });
      }),
    );
  });
});

describe('describeTarget', () => {
  it.each([
    [{ host: 'db.example', port: '5432', user: 'me', database: 'shop' }, 'me@db.example:5432/shop'],
    [{ host: '::1', port: '5432', user: 'me', database: 'shop' }, 'me@[::1]:5432/shop'],
    [{ host: '/run/pg', port: '5433', user: 'me', database: 'shop' }, 'me@/run/pg:5433/shop'],
    [{ host: 'a,b', port: '1,2', database: 'shop' }, 'a:1,b:2/shop'],
    [{ host: 'a,b', port: '1', database: 'shop' }, 'a:1,b:1/shop'],
  ])('writes %o', (target, expected) => {
    expect(describeTarget({ ...target, parameters: { options: 'x' }, password: new Secret('hunter2') })).toBe(expected);
  });
});
