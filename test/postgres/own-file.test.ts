import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readOwnFile } from '../../src/postgres/own-file.js';
import { readPassfile } from '../../src/postgres/passfile.js';
import { readService } from '../../src/postgres/service-file.js';
import { tlsAttempts } from '../../src/postgres/tls-options.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const SECRET = 'of-the-one-who-runs-it';
const QUERY = { host: 'h', port: '5432', database: 'd', user: 'u' };
const asRoot = process.getuid?.() === 0;
/** A file that belongs to another user. */
function foreignFile(directory: string, text: string): string {
  const path = join(directory, 'foreign');
  writeFileSync(path, text, { mode: 0o600 });
  chownSync(path, 54_321, 54_321);
  return path;
}

/** A home with the user's password file, and another directory in which something else was laid for it. */
function laid() {
  const home = temporaryDirectory();
  const theirs = temporaryDirectory();
  writeFileSync(join(home, '.pgpass'), `*:*:*:*:${SECRET}\n`, { mode: 0o600 });
  return { own: join(home, '.pgpass'), theirs: join(theirs, '.pgpass') };
}

describe('a password file', () => {
  it('A3: is not read through a link, which another user can lay', async () => {
    const { own, theirs } = laid();
    symlinkSync(own, theirs);
    expect(await readPassfile(theirs, QUERY)).toEqual({
      refused: `password file "${theirs}" is a link, which is not followed`,
    });
    expect((await readPassfile(own, QUERY)).password?.reveal()).toBe(SECRET);
  });

  it.runIf(asRoot)('A3: of another user is not read, whatever its mode', async () => {
    const path = foreignFile(temporaryDirectory(), '*:*:*:*:planted\n');
    expect(await readPassfile(path, QUERY)).toEqual({
      refused: `password file "${path}" belongs to another user (uid 54321)`,
    });
  });

  it('A3: that is a pipe, a socket, a directory or a device is refused at once, and waited for by nobody', async () => {
    const directory = temporaryDirectory();
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    const socket = join(directory, 'socket');
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(socket, resolve));
    onTestFinished(() => void listener.close());
    for (const path of [pipe, socket, directory, '/dev/zero']) {
      expect(await readPassfile(path, QUERY), path).toEqual({
        refused: `password file "${path}" is not a plain file`,
      });
    }
  });

  it('A3: is judged by the file that was opened: no mode but that of its owner alone', async () => {
    const { own } = laid();
    for (const mode of [0o640, 0o604, 0o610, 0o602]) {
      chmodSync(own, mode);
      expect(await readPassfile(own, QUERY)).toEqual({ refused: expect.stringContaining('chmod 0600') as string });
    }
  });
});

describe('a service file', () => {
  const SECTION = `[mine]\nhost=there\npassword=${SECRET}\n`;

  it('A3: in the home is not read through a link, and is read where it is a file of ours', async () => {
    const home = temporaryDirectory();
    const elsewhere = join(temporaryDirectory(), 'services');
    writeFileSync(elsewhere, SECTION);
    const path = join(home, '.pg_service.conf');
    symlinkSync(elsewhere, path);
    const env = { HOME: home, PGSYSCONFDIR: '/nonexistent' };
    await expect(readService('mine', undefined, env)).rejects.toMatchObject({
      code: 'URL_INVALID',
      message: `Looking up the service "mine": the service file "${path}" is a link, which is not followed.`,
    });
    // Whoever names the path has chosen the link too.
    expect((await readService('mine', path, env)).get('host')).toBe('there');
    expect((await readService('mine', elsewhere, env)).get('password')).toBe(SECRET);
  });

  it('A3: that every user may write is refused, since it says where a password is sent', async () => {
    const path = join(temporaryDirectory(), 'services');
    writeFileSync(path, SECTION);
    chmodSync(path, 0o666);
    await expect(readService('mine', path, {})).rejects.toMatchObject({
      message: expect.stringContaining('can be written by every user') as string,
    });
  });

  it.runIf(asRoot)('A3: of another user is refused', async () => {
    const path = foreignFile(temporaryDirectory(), SECTION);
    await expect(readService('mine', path, {})).rejects.toMatchObject({
      message: expect.stringContaining('belongs to another user (uid 54321)') as string,
    });
  });

  it('A3: that is a pipe is refused at once', async () => {
    const pipe = join(temporaryDirectory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(readService('mine', pipe, {})).rejects.toMatchObject({
      message: expect.stringContaining('is not a plain file') as string,
    });
  });
});

describe('the key of a client certificate', () => {
  it('A3: is refused where it is a pipe, belongs to another user, or may be read by others', async () => {
    const directory = temporaryDirectory();
    const cert = join(directory, 'cert');
    writeFileSync(cert, 'a certificate');
    const attempt = (sslkey: string) => tlsAttempts({ sslmode: 'require', sslcert: cert, sslkey }, 'h', undefined);
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    await expect(attempt(pipe)).rejects.toThrow(/its key ".*pipe" is not a plain file/);
    const open = join(directory, 'open');
    writeFileSync(open, 'a key');
    await expect(attempt(open)).rejects.toThrow(/can be read by others/);
    await expect(attempt(join(directory, 'none'))).rejects.toThrow(/its key ".*none" is missing/);
    if (asRoot) await expect(attempt(foreignFile(directory, 'a key'))).rejects.toThrow(/belongs to another user/);
    chmodSync(open, 0o600);
    expect(await attempt(open)).toEqual([expect.objectContaining({ key: Buffer.from('a key') })]);
  });

  it('A3: a certificate that is a pipe is waited for by nobody', async () => {
    const pipe = join(temporaryDirectory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const given = { sslmode: 'require', sslcert: pipe };
    await expect(tlsAttempts(given, 'h', undefined)).rejects.toThrow(/sslcert ".*pipe" cannot be read/);
  });
});

it('A3: a directory in the way that is a file counts as no file', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'file'), '');
  mkdirSync(join(directory, 'folder'));
  expect(await readOwnFile(join(directory, 'file/x'))).toBeUndefined();
  expect(await readOwnFile(join(directory, 'folder/x'))).toBeUndefined();
});
