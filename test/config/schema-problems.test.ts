import { describe, expect, it } from 'vitest';
import { problemsOf } from './config-files.js';

const database = (entry: object) => ({ databases: [{ host: 'h', dbName: 'db', ...entry }] });

describe('an option that the schema does not know', () => {
  it.each([
    [{ vualt: 's3://b' }, 'vualt: unknown option. Did you mean vault?'],
    [{ target_bucket: 'b' }, 'target_bucket: unknown option. Did you mean vault?'],
    [database({ rds_endpoint: 'h' }), 'databases[0].rds_endpoint: unknown option. Did you mean host?'],
    [database({ secret_arn: 'x' }), 'databases[0].secret_arn: unknown option. Did you mean secretArn?'],
    [database({ discover: { exlude: [] } }), 'databases[0].discover.exlude: unknown option. Did you mean exclude?'],
    [{ environments: { prod: { regoin: 'x' } } }, 'environments.prod.regoin: unknown option. Did you mean region?'],
    [{ defaults: { dbName: 'x' } }, /^defaults\.dbName: unknown option\./],
    [{ postgres: { path: '/x' } }, 'postgres.path: unknown option. Known here: bin.'],
  ])('is named with its path and the nearest known one: %j', async (config, problem) => {
    expect(await problemsOf(config)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });
});

describe('a value that does not fit', () => {
  it.each([
    [{ concurrency: 0 }, 'concurrency: received 0. Give a whole number from 1 to 64.'],
    [{ concurrency: 1.5 }, 'concurrency: received 1.5. Give a whole number from 1 to 64.'],
    [
      database({ port: '5432' }),
      'databases[0].port: received "5432". Give a whole number from 1 to 65535. Write it without quotes.',
    ],
    [database({ dbName: 7 }), 'databases[0].dbName: received 7. Give a string: put the value in quotes.'],
    [database({ dbName: null }), 'databases[0].dbName: received nothing (null). Give a string.'],
    [database({ iam: 'yes', user: 'u' }), 'databases[0].iam: received "yes". Give true or false, without quotes.'],
    [database({ discover: 'yes' }), 'databases[0].discover: received "yes". Give true, false, or a group of options.'],
    [database({ jobs: 'many' }), 'databases[0].jobs: received "many". Give auto, or a whole number from 1 to 16.'],
    [database({ jobs: 0 }), 'databases[0].jobs: received 0. Give a whole number from 1 to 16.'],
    [
      database({ compression: 'gzp' }),
      'databases[0].compression: received "gzp". Use one of: gzip, zstd, none. Did you mean gzip?',
    ],
    [database({ schemas: 'public' }), 'databases[0].schemas: received "public". Give a list.'],
    [database({ maxDuration: '2 hours' }), /maxDuration: received "2 hours"\. Give a number with its unit/],
    [database({ name: 'a/b' }), /databases\[0\]\.name: received "a\/b"\. Use letters/],
    [database({ host: 'h:5432' }), /host: received "h:5432"\. .*port under port/],
    [database({ host: 'postgres://h' }), /put the whole URL under url/],
    [database({ host: 'a,b' }), /Give one host/],
    [database({ host: '' }), /Give a host name/],
    [database({ dbName: ' ' }), /Give a value, or leave the option out/],
    [database({ schedule: 'daily' }), /databases\[0\]\.schedule: received "daily"\. Write it as EventBridge does/],
    [{ region: 'virginia' }, /region: received "virginia"\. Give the code of an AWS Region/],
    [{ databases: {} }, 'databases: received a group of options. Give a list.'],
    [{ databases: ['db'] }, 'databases[0]: received "db". Give a group of options (key and value pairs).'],
    [{ environments: { 'a b': {} } }, /environments\["a b"\]: Name an environment with/],
    [[], 'the file: received a list. Give a group of options (key and value pairs).'],
  ])('is shown with its path and what to write: %j', async (config, problem) => {
    expect(await problemsOf(config)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });
});

describe('a password', () => {
  it.each([
    [{ password: 'HUNTER2' }, 'password'],
    [{ defaults: { password: 'HUNTER2' } }, 'defaults.password'],
    [database({ pgpassword: 'HUNTER2' }), 'databases[0].pgpassword'],
    [database({ db_password: { value: 'HUNTER2' } }), 'databases[0].db_password'],
    [
      { environments: { prod: { databases: [{ host: 'h', dbName: 'd', PASSWD: 'HUNTER2' }] } } },
      'environments.prod.databases[0].PASSWD',
    ],
  ])('is refused wherever it stands, once, with the ways to give one: %j', async (config, path) => {
    const [problem, ...others] = await problemsOf(config);
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^${path.replace(/[[\].]/g, '\\$&')}: Remove it\\.`));
    for (const way of ['PGPASSWORD', 'passfile', 'secretArn', 'iam']) expect(problem).toContain(way);
    expect(problem).not.toContain('HUNTER2');
  });

  it.each([
    { url: 'postgres://u:HUNTER2@h/db' },
    { url: 'postgres://u@h/db?password=HUNTER2' },
    { url: 'u:HUNTER2@h/db' },
    { host: 'u:HUNTER2@h', dbName: 'd' },
    { host: 'h', dbName: 'd', secretArn: 'HUNTER2' },
    { host: 'h', dbName: 'd', user: 'u', iam: 'HUNTER2' },
    { host: 'h', dbName: 'd', sslmode: 'postgres://u:HUNTER2@h' },
  ])('is never shown when it stands in another option: %j', async (entry) => {
    const problems = await problemsOf({ databases: [entry] });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).not.toContain('HUNTER2');
  });
});

it('reports all problems of a file at once', async () => {
  const problems = await problemsOf({
    vault: 'nowhere',
    region: 7,
    databases: [{ prot: 1 }, { host: 'h', dbName: 'a b', password: 'x' }, { host: 'h', dbName: 'c', iam: true }],
  });
  const paths = problems.map((problem) => problem.slice(0, problem.indexOf(':')));
  expect(paths.sort()).toEqual([
    'databases[0]',
    'databases[0]',
    'databases[0].prot',
    'databases[1].dbName',
    'databases[1].password',
    'databases[2]',
    'region',
    'vault',
  ]);
});
