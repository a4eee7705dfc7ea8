import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openAccess } from '../../src/postgres/connection.js';
import { parseConnectionUrl } from '../../src/syntax/libpq/connection-url.js';

const HOST = 'shop.abc123.eu-west-1.rds.amazonaws.com';

// The signer takes credentials from the process; signing needs no network.
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hunter2');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
});

const access = (url: string, region?: string, env: NodeJS.ProcessEnv = {}) =>
  openAccess({ target: parseConnectionUrl(url), authentication: { kind: 'iam', region }, env });

describe('IAM authentication', () => {
  it('gives a child a token for its host, port and user, with the region of the host name', async () => {
    const it = await access(`postgres://dumper@${HOST}:5433/shop`);
    const env = await it.childEnvironment();
    const token = new URL(`https://${env.PGPASSWORD}`);
    expect(token.host).toBe(`${HOST}:5433`);
    expect(token.searchParams.get('Action')).toBe('connect');
    expect(token.searchParams.get('DBUser')).toBe('dumper');
    expect(token.searchParams.get('X-Amz-Expires')).toBe('900');
    expect(token.searchParams.get('X-Amz-Credential')).toMatch(/^AKIDEXAMPLE\/\d{8}\/eu-west-1\/rds-db\//);
    expect(Object.keys(env).filter((name) => name.startsWith('AWS_'))).toEqual([]);
  });

  it('mints a token for each child', async () => {
    const it = await access(`postgres://dumper@${HOST}/shop`);
    vi.useFakeTimers({ now: new Date('2026-11-22T03:00:00Z'), toFake: ['Date'] });
    const first = await it.childEnvironment();
    vi.setSystemTime(new Date('2026-11-22T03:20:00Z'));
    const second = await it.childEnvironment();
    vi.useRealTimers();
    expect(first.PGPASSWORD).toContain('20261122T030000Z');
    expect(second.PGPASSWORD).toContain('20261122T032000Z');
  });

  it('prefers the region that is given, then that of the environment', async () => {
    const url = `postgres://dumper@${HOST}/shop`;
    const env = { AWS_REGION: 'us-east-2' };
    expect((await (await access(url, 'ap-south-1', env)).childEnvironment()).PGPASSWORD).toContain('%2Fap-south-1%2F');
    expect((await (await access(url, undefined, env)).childEnvironment()).PGPASSWORD).toContain('%2Fus-east-2%2F');
  });

  it('does not let TLS fall back, because the token would cross the network in the clear', async () => {
    const modeOf = async (query: string) =>
      (await access(`postgres://dumper@${HOST}/shop${query}`)).target.parameters.sslmode;
    expect(await modeOf('')).toBe('require');
    expect(await modeOf('?sslmode=prefer')).toBe('require');
    expect(await modeOf('?sslmode=allow')).toBe('require');
    expect(await modeOf('?sslmode=verify-full')).toBe('verify-full');
    expect(await modeOf('?sslrootcert=system')).toBe('verify-full');
    await expect(modeOf('?sslmode=disable')).rejects.toMatchObject({ code: 'URL_INVALID' });
  });

  it.each([
    ['a socket', 'postgres://dumper@/shop?host=/tmp', /the host is a socket/],
    ['several hosts', 'postgres://dumper@a,b/shop', /several hosts/],
  ])('refuses %s', async (_, url, message) => {
    await expect(access(url)).rejects.toThrow(message);
  });

  it('says that the region is unknown, or that there are no credentials', async () => {
    await expect((await access('postgres://dumper@db.internal/shop')).childEnvironment()).rejects.toMatchObject({
      code: 'URL_INVALID',
      message: expect.stringContaining('the region is unknown') as string,
    });
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    await expect((await access(`postgres://dumper@${HOST}/shop`)).childEnvironment()).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
    });
  });
});
