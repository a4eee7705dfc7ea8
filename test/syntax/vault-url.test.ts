import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.js';
import { parseVaultUrl, s3VaultUrl } from '../../src/syntax/vault-url.js';

function refusal(url: string): HoldfastError {
  try {
    return expect.fail(`taken: ${JSON.stringify(parseVaultUrl(url))}`);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    expect(error.code).toBe('VAULT_URL_INVALID');
    return error;
  }
}

describe('the URL of a vault', () => {
  it('names a directory by an absolute path, with escapes', () => {
    expect(parseVaultUrl('file:///srv/vault')).toEqual({ kind: 'file', directory: '/srv/vault' });
    expect(parseVaultUrl('file:///srv/my%20vault/')).toEqual({ kind: 'file', directory: '/srv/my vault' });
    expect(parseVaultUrl('file:///srv/%25/%C3%A9')).toEqual({ kind: 'file', directory: '/srv/%/é' });
  });

  it('is read back from the URL of any path', () => {
    const path = fc
      .array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1 })
      .map((parts) => resolve('/', parts.join('/').replaceAll('\0', '')))
      .filter((directory) => directory !== '/');
    fc.assert(
      fc.property(path, (directory) => {
        expect(parseVaultUrl(pathToFileURL(directory).href)).toEqual({ kind: 'file', directory });
      }),
    );
  });

  it('is written as it is read', () => {
    for (const url of ['s3://my-bucket', 's3://my-bucket/some/prefix']) {
      const location = parseVaultUrl(url);
      expect(location.kind === 's3' && s3VaultUrl(location)).toBe(url);
    }
  });

  it('names a bucket, with or without a prefix', () => {
    expect(parseVaultUrl('s3://my-bucket')).toEqual({ kind: 's3', bucket: 'my-bucket', prefix: '' });
    expect(parseVaultUrl('s3://my-bucket/')).toEqual({ kind: 's3', bucket: 'my-bucket', prefix: '' });
    expect(parseVaultUrl('s3://my.bucket/a b/c/')).toEqual({ kind: 's3', bucket: 'my.bucket', prefix: 'a b/c' });
  });

  it.each([
    ['/srv/vault', 'file:///srv/vault'],
    ['backups', pathToFileURL(resolve('backups')).href],
    ['./a b', pathToFileURL(resolve('a b')).href],
    ['file:/srv/vault', 'file:///srv/vault'],
    ['file://srv/vault', 'file:///srv/vault'],
    ['file://./srv/vault', pathToFileURL(resolve('srv/vault')).href],
    ['file:srv/vault', pathToFileURL(resolve('srv/vault')).href],
    ['file://', 'file:///absolute/dir'],
    ['file:backups', pathToFileURL(resolve('backups')).href],
    ['file:///srv/what?', 'file:///srv/what%3F'],
    ['file:///srv/#1', 'file:///srv/%231'],
    ['file:///srv/100%', '%25'],
    ['file:///srv/a%2Fb', '%25'],
    ['file:///srv/a%00b', '%25'],
    ['s3://', 's3://bucket/prefix'],
    ['s3:bucket', 's3://bucket/prefix'],
    ['s3://My_Bucket/x', 's3://bucket/prefix'],
    ['s3://bucket/a//b', 's3://bucket/prefix'],
    ['s3://bucket//team', 's3://bucket/prefix'],
    ['s3://bucket//', 's3://bucket/prefix'],
    ['s3://my..bucket', 's3://bucket/prefix'],
    ['s3://192.168.1.1/team', 's3://bucket/prefix'],
    ['S3://bucket/team', 's3://bucket/team'],
    ['FILE:///srv/vault', 'file:///srv/vault'],
    ['file:///', 'file:///absolute/dir'],
    ['file:///srv/..', 'file:///absolute/dir'],
    ['s3://bucket/../b', 's3://bucket/prefix'],
    ['memory:', 's3://bucket/prefix'],
    ['https://example.com/x', 'file:///absolute/dir'],
    ['', 'file:///absolute/dir'],
  ])('is refused when it is %j, and the right form is shown', (url, form) => {
    expect(refusal(url).hint).toContain(form);
  });

  it('is never shown with a password', () => {
    const error = refusal('postgres://user:s3cret@host/db');
    expect(error.message).toContain('postgres://[redacted]@host/db');
    expect(error.message + error.hint).not.toContain('s3cret');
    for (const url of [
      's3://AKIA:s3cret@bucket/x',
      '//user:s3cret@bucket/x',
      'file://user:s3cret@h/x',
      'u:s3cret@h/d',
    ]) {
      const { message, hint } = refusal(url);
      expect(message + hint).not.toContain('s3cret');
    }
  });
});
