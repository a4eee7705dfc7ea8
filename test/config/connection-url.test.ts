import { describe, expect, it } from 'vitest';
import { connectionUrlProblem, readConnectionUrl } from '../../src/config/connection-url.js';

describe('readConnectionUrl', () => {
  it('reads what Node reads too', () => {
    expect(readConnectionUrl('postgresql://u@h:5433/db?sslmode=verify-full&sslrootcert=/ca.pem')).toEqual({
      host: 'h',
      port: '5433',
      user: 'u',
      dbName: 'db',
      sslmode: 'verify-full',
      sslrootcert: '/ca.pem',
      passfile: undefined,
    });
  });

  it('reads a socket directory, and lets the query win', () => {
    const parts = readConnectionUrl('postgres://user@/db?host=/socket/dir&port=5433&dbname=other');
    expect(parts).toMatchObject({ host: '/socket/dir', port: '5433', user: 'user', dbName: 'other' });
  });

  it('decodes percent sequences in every part', () => {
    expect(readConnectionUrl('postgres://a%40b@%2Ftmp/my%20db')).toMatchObject({
      user: 'a@b',
      host: '/tmp',
      dbName: 'my db',
    });
  });

  it('reads addresses in brackets', () => {
    expect(readConnectionUrl('postgres://[::1]:5433/db')).toMatchObject({ host: '::1', port: '5433' });
  });

  it.each(['postgres:///db', 'postgres://', 'postgres://h?options=-c%20x%3Dy'])('takes %s', (url) =>
    expect(connectionUrlProblem(url)).toBeUndefined(),
  );
});

describe('connectionUrlProblem', () => {
  it.each(['mysql://h/db', 'host=h dbname=db', 'postgres:h', 'postgres://h/%zz'])('refuses %s', (url) =>
    expect(connectionUrlProblem(url)).toMatch(/Write it as libpq does/),
  );

  it.each([
    'postgres://u:pw@h/db',
    'postgres://u:p%40w@h/db',
    'postgres://h/db?password=pw',
    'postgres://h/db?user=u&%70assword=pw',
    'postgres://h/db?sslpassword=pw',
    'postgres://u:p/w@h/db',
  ])('refuses the password in %s', (url) => expect(connectionUrlProblem(url)).toMatch(/Take the password out/));

  it('refuses a setting that libpq does not know, and one that the password might stand in', () => {
    expect(connectionUrlProblem('postgres://h/db?sslmod=require')).toMatch(/"sslmod" is not a parameter of libpq/);
    expect(connectionUrlProblem('postgres://h:secret/db')).not.toContain('secret');
    expect(connectionUrlProblem('postgres://u:p/w?secret@h/db?sslmode=require')).not.toContain('secret');
  });

  it('takes an empty password, which is none', () =>
    expect(connectionUrlProblem('postgres://u:@h/db')).toBeUndefined());
});
