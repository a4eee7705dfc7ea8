import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { userInfo, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveTarget } from '../../src/postgres/target-defaults.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const resolve = async (target: Parameters<typeof resolveTarget>[0], env: NodeJS.ProcessEnv = {}) => {
  const { password, ...rest } = await resolveTarget(target, { HOME: home, ...env });
  return { ...rest, password: password?.reveal() };
};

describe('resolveTarget', () => {
  it('prefers the target, then the environment, then the defaults', async () => {
    const env = {
      PGHOST: 'env-host',
      PGPORT: '6000',
      PGUSER: 'env-user',
      PGPASSWORD: 'env-password',
      PGSSLMODE: 'require',
    };
    expect(await resolve({ host: 'h', database: 'd', parameters: { sslmode: 'disable' } }, env)).toEqual({
      host: 'h',
      port: '6000',
      user: 'env-user',
      database: 'd',
      parameters: { sslmode: 'disable' },
      password: 'env-password',
    });
  });

  it('takes the name of the user for that of the database, and the operating system for the user', async () => {
    const { username } = userInfo();
    expect(await resolve({ host: 'h', parameters: {} })).toMatchObject({
      port: '5432',
      user: username,
      database: username,
    });
    expect(await resolve({ host: 'h', user: 'me', parameters: {} })).toMatchObject({ database: 'me' });
    expect(await resolve({ host: 'h', user: 'me', parameters: {} }, { PGDATABASE: 'env' })).toMatchObject({
      database: 'env',
    });
  });

  it('names a socket directory where no host is given, so that every child uses the same', async () => {
    expect((await resolve({ parameters: {} })).host).toMatch(/^\//);
  });

  it('does not let the environment decide over the encoding of a dump, nor over our name', async () => {
    const env = { PGCLIENTENCODING: 'LATIN1', PGAPPNAME: 'psql', PGOPTIONS: '-c a=b' };
    expect((await resolve({ host: 'h', parameters: {} }, env)).parameters).toEqual({ options: '-c a=b' });
  });

  it('reads a service, which comes before the environment, and its password', async () => {
    await writeFile(
      join(home, '.pg_service.conf'),
      '# mine\n[other]\nhost=wrong\n[shop]\nhost = db.example\nport=6001\nuser=svc\npassword=a=b c\nsslmode=verify-ca\nhost=second\n[last]\nuser=wrong\n',
    );
    const expected = {
      host: 'db.example',
      port: '6001',
      user: 'u',
      password: 'a=b c',
      parameters: { sslmode: 'verify-ca' },
    };
    const env = { PGHOST: 'env', PGSSLMODE: 'disable' };
    expect(await resolve({ user: 'u', parameters: { service: 'shop' } }, env)).toMatchObject(expected);
    expect(await resolve({ user: 'u', parameters: {} }, { ...env, PGSERVICE: 'shop' })).toMatchObject(expected);
  });

  it('refuses a service that nobody defines, and a section with a line that is no setting, without repeating it', async () => {
    await expect(resolve({ parameters: { service: 'gone' } })).rejects.toMatchObject({ code: 'URL_INVALID' });
    await writeFile(join(home, '.pg_service.conf'), '[bad]\nhunter2\n');
    await expect(resolve({ parameters: { service: 'bad' } })).rejects.toMatchObject({
      code: 'URL_INVALID',
      message: expect.not.stringContaining('hunter2') as string,
    });
  });
});
