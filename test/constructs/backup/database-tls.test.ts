import { describe, expect, it } from 'vitest';
import type { DatabaseConfig } from '../../../src/config/index.js';
import { CODEBUILD_IMAGE, type BuildImage } from '../../../src/constructs/backup/build-spec.js';
import { databaseTls } from '../../../src/constructs/backup/database-tls.js';

const AURORA = 'db-1.cluster-abc.us-east-1.rds.amazonaws.com';
const BUILT: BuildImage = { uri: 'built', own: true, authorities: '/etc/ssl/rds.pem' };
const THEIRS: BuildImage = { uri: '111122223333.dkr.ecr.us-east-1.amazonaws.com/theirs:1', own: true };

const tls = (database: Partial<DatabaseConfig>, image: BuildImage, file?: string) => databaseTls(database, image, file);

describe('a database of RDS or Aurora of which the config says nothing', () => {
  it.each<[string, Partial<DatabaseConfig>]>([
    ['by host', { host: AURORA }],
    ['by host in China', { host: 'db-1.cluster-abc.rds.cn-north-1.amazonaws.com.cn' }],
    ['by URL', { url: `postgres://dumper@${AURORA}:5432/app` }],
    ['in the data layer', { inDataLayer: true }],
  ])('is checked against the authorities that the build has, else reached by TLS alone: %s', (_name, database) => {
    expect(tls(database, BUILT)).toEqual({ sslmode: 'verify-full', sslrootcert: '/etc/ssl/rds.pem' });
    expect(tls(database, CODEBUILD_IMAGE)).toEqual({ sslmode: 'require' });
    expect(tls(database, THEIRS)).toEqual({ sslmode: 'require' });
    expect(tls(database, CODEBUILD_IMAGE, './ca.pem')).toEqual({ sslmode: 'verify-full', sslrootcert: './ca.pem' });
  });

  it('is checked against the authorities that its URL names', () => {
    const url = `postgres://dumper@${AURORA}/app?sslrootcert=/srv/ca.pem`;
    expect(tls({ url }, BUILT)).toEqual({ sslmode: 'verify-full' });
  });
});

it.each<[string, Partial<DatabaseConfig>]>([
  ['a mode of its own', { host: AURORA, sslmode: 'require' }],
  ['a URL with one', { url: `postgres://dumper@${AURORA}/app?sslmode=require` }],
  ['another server', { host: 'db.example.com' }],
  ['a host that only looks like one of RDS', { host: 'db.rds.amazonaws.com.example.com' }],
])('leaves %s as the config has it', (_name, database) => {
  expect(tls(database, BUILT)).toEqual({ sslmode: database.sslmode });
});
