import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passfilePath, readPassfile } from '../../src/postgres/passfile.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-passfile-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function lookUp(text: string, query: { host?: string; port?: string; database?: string; user?: string } = {}) {
  const path = join(directory, 'passfile');
  await writeFile(path, text, { mode: 0o600 });
  const answer = await readPassfile(path, { host: 'h', port: '5432', database: 'd', user: 'u', ...query });
  return answer.password?.reveal();
}

describe('readPassfile', () => {
  it.each([
    ['h:5432:d:u:plain', 'plain'],
    ['*:*:*:*:any', 'any'],
    ['other:*:*:*:no\nh:*:*:*:first\nh:5432:d:u:second', 'first'],
    ['# *:*:*:*:comment\n\n*:*:*:u:after', 'after'],
    ['h:5432:d:u:a\\:b\\\\c', 'a:b\\c'],
    ['h:5432:d:u:up to here:not this', 'up to here'],
    ['h:5432:d:u:windows\r', 'windows'],
    ['h:5432:d:u: spaces # kept ', ' spaces # kept '],
    ['h:5432:d:u', undefined],
    ['h:5432:d:u:', undefined],
    ['H:5432:d:u:case', undefined],
    ['h:5433:d:u:port', undefined],
    ['\\*:*:*:*:an escaped star is a name', undefined],
  ])('finds in %j: %j', async (text, expected) => {
    expect(await lookUp(text)).toBe(expected);
  });

  it('matches names with colons and backslashes by their escapes', async () => {
    expect(await lookUp('\\:\\:1:*:a\\\\b:*:x', { host: '::1', database: 'a\\b' })).toBe('x');
  });

  it('knows default socket directories as localhost, and others by their path', async () => {
    expect(await lookUp('localhost:*:*:*:x', { host: '/var/run/postgresql' })).toBe('x');
    expect(await lookUp('localhost:*:*:*:x', { host: '/srv/socket' })).toBeUndefined();
    expect(await lookUp('/srv/socket:*:*:*:x', { host: '/srv/socket' })).toBe('x');
  });

  it('says why it did not read a file that others may read, or that is no plain file', async () => {
    const query = { host: 'h', port: '5432', database: 'd', user: 'u' };
    const path = join(directory, 'open');
    await writeFile(path, '*:*:*:*:x');
    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(path, mode);
      expect(await readPassfile(path, query)).toEqual({
        refused: expect.stringContaining(`chmod 0600 ${path}`) as string,
      });
    }
    await mkdir(join(directory, 'folder'));
    expect(await readPassfile(join(directory, 'folder'), query)).toEqual({
      refused: expect.stringContaining('not a plain file') as string,
    });
    expect(await readPassfile(join(directory, 'none'), query)).toEqual({});
  });
});

describe('passfilePath', () => {
  it('is the setting, else in the home directory', () => {
    expect(passfilePath('/x/y', '/home/me')).toBe('/x/y');
    expect(passfilePath(undefined, '/home/me')).toBe('/home/me/.pgpass');
    expect(passfilePath(undefined, undefined)).toBeUndefined();
  });
});
