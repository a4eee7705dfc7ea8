import { homedir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { directoryWith, load, loadObject } from './config-files.js';

const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:appdb';

describe('a resolved config', () => {
  it('has the documented defaults where the file says nothing', async () => {
    const { config, warnings } = await loadObject({ databases: [{ host: 'h', dbName: 'd' }] });
    expect(config).toEqual({
      schedule: 'cron(0 3 ? * SUN *)',
      timeZone: 'UTC',
      concurrency: 2,
      postgres: {},
      discoveries: [],
      databases: [
        {
          name: 'd',
          dbName: 'd',
          host: 'h',
          iam: false,
          schedule: 'cron(0 3 ? * SUN *)',
          timeZone: 'UTC',
          objectives: { backupAgeMs: 7.7 * 86_400_000, proofAgeMs: 15.4 * 86_400_000 },
          volume: { maxRowDrop: 0.5, maxByteDrop: 0.5, onDrop: 'warn' },
          compression: 'gzip',
          excludeTableData: [],
          schemas: [],
          derived: true,
          trusted: false,
          lockWaitTimeoutMs: 60_000,
        },
      ],
    });
    expect(warnings).toEqual([]);
  });

  it('takes each option from the entry, else from defaults', async () => {
    const defaults = { host: 'h', user: 'u', port: 5433, compression: 'zstd', maxDuration: '2h', schemas: ['public'] };
    const { config } = await loadObject({
      schedule: 'rate(1 day)',
      defaults,
      databases: [
        { dbName: 'a' },
        { dbName: 'b', port: 5434, maxDuration: '90m', schemas: [], schedule: 'rate(1 hour)' },
      ],
    });
    expect(config.databases[0]).toMatchObject({
      port: 5433,
      maxDurationMs: 7_200_000,
      schemas: ['public'],
      schedule: 'rate(1 day)',
    });
    expect(config.databases[1]).toMatchObject({
      host: 'h',
      user: 'u',
      compression: 'zstd',
      port: 5434,
      maxDurationMs: 5_400_000,
      schemas: [],
      schedule: 'rate(1 hour)',
    });
  });

  it('drops the default way to log in where the entry chooses another', async () => {
    const { config } = await loadObject({
      defaults: { host: 'h', user: 'u', secretArn: SECRET },
      databases: [
        { dbName: 'a' },
        { dbName: 'b', iam: true },
        { dbName: 'c', passfile: '/p' },
        { dbName: 'd', iam: false },
        { url: 'postgres://h/e?passfile=/p' },
      ],
    });
    const logins = config.databases.map(({ secretArn, iam, passfile }) => ({ secretArn, iam, passfile }));
    expect(logins).toEqual([
      { secretArn: SECRET, iam: false },
      { iam: true },
      { iam: false, passfile: '/p' },
      { secretArn: SECRET, iam: false },
      { iam: false },
    ]);
  });

  it('lets a URL win over defaults, and defaults fill what it leaves out', async () => {
    const { config } = await loadObject({
      defaults: { host: 'h', port: 5433, user: 'u', sslmode: 'require', sslrootcert: 'system' },
      databases: [{ url: 'postgres://v@other/a?sslmode=disable' }, { url: 'postgres://other/b' }],
    });
    expect(config.databases[0]).toEqual(expect.not.objectContaining({ host: 'h' }));
    expect(config.databases[0]).toMatchObject({
      host: undefined,
      port: undefined,
      user: undefined,
      sslmode: undefined,
    });
    expect(config.databases[1]).toMatchObject({
      host: undefined,
      user: 'u',
      sslmode: 'require',
      sslrootcert: 'system',
    });
  });

  it('leaves a URL without a host on the local socket, whatever server defaults name', async () => {
    const { config } = await loadObject({
      defaults: { host: 'h', port: 5433 },
      databases: [{ url: 'postgres:///a' }],
    });
    expect(config.databases[0]).toMatchObject({ url: 'postgres:///a', host: undefined, port: undefined });
  });

  it('does not carry a level over to another compression', async () => {
    const { config } = await loadObject({
      defaults: { host: 'h', compression: 'zstd', compressionLevel: 19 },
      databases: [{ dbName: 'a', compression: 'gzip' }, { dbName: 'b' }],
    });
    expect(config.databases.map(({ compressionLevel }) => compressionLevel)).toEqual([undefined, 19]);
  });

  it("starts relative paths at the config's directory, and ~ at the home directory", async () => {
    const directory = await directoryWith({
      'holdfast.yaml': [
        'postgres: { bin: pg/bin }',
        'databases:',
        '  - { host: /run/pg, dbName: a, passfile: secrets/pass, sslrootcert: ~/ca.pem }',
      ].join('\n'),
    });
    const { config, file } = await loadConfig({
      cwd: path.dirname(directory),
      file: `${path.basename(directory)}/holdfast.yaml`,
    });
    expect(file).toBe(path.join(directory, 'holdfast.yaml'));
    expect(config.postgres.bin).toBe(path.join(directory, 'pg/bin'));
    expect(config.databases[0]).toMatchObject({
      host: '/run/pg',
      passfile: path.join(directory, 'secrets/pass'),
      sslrootcert: path.join(homedir(), 'ca.pem'),
    });
  });

  it('keeps discoveries apart from databases', async () => {
    const { config } = await loadObject({
      databases: [
        { host: 'h', discover: true },
        { host: 'h', name: 'x', dbName: 'admin', discover: { exclude: ['t*'] } },
        { host: 'h', dbName: 'a', discover: false },
      ],
    });
    expect(config.databases.map(({ name }) => name)).toEqual(['a']);
    expect(config.discoveries).toMatchObject([
      { dbName: 'postgres', include: ['*'], exclude: [] },
      { namePrefix: 'x', dbName: 'admin', include: ['*'], exclude: ['t*'] },
    ]);
  });

  it('takes a value that TypeScript left undefined as not given', async () => {
    const text = `export default { databases: [{ host: 'h', dbName: 'a', user: undefined }], defaults: { user: 'u' } };`;
    expect((await load('holdfast.config.ts', text)).config.databases[0]?.user).toBe('u');
  });
});
