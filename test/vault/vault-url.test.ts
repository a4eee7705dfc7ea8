import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.js';
import { openVault, parseVaultUrl } from '../../src/vault/vault-url.js';
import { temporaryDirectories } from './file/temporary-directory.js';

const newDirectory = temporaryDirectories();

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
    expect(parseVaultUrl('FILE:///srv/%25/%C3%A9')).toEqual({ kind: 'file', directory: '/srv/%/é' });
  });

  it('is read back from the URL of any path', () => {
    const path = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1 }).map((parts) => {
      return resolve('/', parts.join('/').replaceAll('\0', ''));
    });
    fc.assert(
      fc.property(path, (directory) => {
        expect(parseVaultUrl(pathToFileURL(directory).href)).toEqual({ kind: 'file', directory });
      }),
    );
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

  it('opens the directory that it names', async () => {
    const directory = await newDirectory();
    const url = `${pathToFileURL(directory).href}/new vault`.replace(' ', '%20');
    const store = await openVault(url);
    expect(store.url).toBe(url);
    await store.put('a', oneChunk('content'));
    expect(await (await openVault(url)).head('a')).toMatchObject({ size: 7 });
  });

  it('opens the bucket that it names, without a request', async () => {
    const env = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    expect((await openVault('s3://bucket/some/prefix/', { env })).url).toBe('s3://bucket/some/prefix');
  });
});

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
