import { describe, expect, it } from 'vitest';
import { loadObject, problemsOf } from './config-files.js';

const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:appdb';

describe('an entry as a whole', () => {
  it.each([
    [{ dbName: 'd' }, 'databases[0]: no server is given. Add host, or url.'],
    [{ host: 'h' }, /databases\[0\]: no database is given\. Add dbName, or discover/],
    [{ name: 'n', host: 'h' }, /no database is given/],
    [{ url: 'postgres://h' }, /no database is given/],
    [{ url: 'postgres://h/d', host: 'h' }, 'databases[0].host: url already sets this. Remove one of the two.'],
    [{ url: 'postgres:///d', port: 5433 }, 'databases[0].port: url already sets this. Remove one of the two.'],
    [{ url: 'postgres://u@h/d', user: 'v' }, 'databases[0].user: url already sets this. Remove one of the two.'],
    [{ url: 'postgres://h/d?sslmode=require', sslmode: 'require' }, /sslmode: url already sets this/],
    [{ host: 'h', dbName: 'd', iam: true }, 'databases[0]: iam needs a role to log in as. Add user.'],
    [{ host: 'h', dbName: 'd', user: 'u', iam: true, secretArn: SECRET }, /secretArn and iam exclude each other/],
    [{ host: 'h', dbName: 'd', passfile: 'p', secretArn: SECRET }, /secretArn and passfile exclude each other/],
    [{ host: 'h', dbName: 'my db' }, /dbName: received "my db"\. .*Add name\./],
    [{ url: 'postgres://h/my%20db' }, /url: received .* Add name\./],
    [{ host: 'h', dbName: '<DB>' }, /dbName: received "<DB>"\. Put the name of the database/],
    [{ host: 'h', dbName: 'd', compression: 'none', compressionLevel: 3 }, /Without compression there is no level/],
    [
      { host: 'h', dbName: 'd', compressionLevel: 10 },
      /compressionLevel: received 10\. Give a level from 1 to 9 for gzip/,
    ],
    [{ host: 'h', dbName: 'd', compression: 'zstd', compressionLevel: 20 }, /compressionLevel: received 20/],
  ])('is refused when its options exclude or lack each other: %j', async (entry, problem) => {
    expect(await problemsOf({ databases: [entry] })).toEqual([
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    ]);
  });

  it.each([
    { secretArn: SECRET, dbName: 'd' },
    { url: 'postgres:///d' },
    { url: 'postgres://h', dbName: 'd', user: 'u' },
    { url: 'postgres://u@h/d', iam: true },
    { host: 'h', dbName: 'my db', name: 'mine' },
    { host: 'h', discover: true },
    { host: 'h', dbName: 'd', compression: 'zstd', compressionLevel: 19 },
  ])('is taken when it says what is needed: %j', async (entry) => {
    const { config } = await loadObject({ databases: [entry] });
    expect(config.databases.length + config.discoveries.length).toBe(1);
  });

  it('refuses two ways to log in under defaults', async () => {
    expect(await problemsOf({ defaults: { passfile: 'p', secretArn: SECRET } })).toEqual([
      'defaults: secretArn and passfile exclude each other. Keep one.',
    ]);
  });
});

describe('names', () => {
  const entry = (name: string, more: object = {}) => ({ host: 'h', dbName: name, ...more });

  it('refuses a name that is given twice, naming both entries', async () => {
    expect(await problemsOf({ databases: [entry('a'), entry('b'), entry('c', { name: 'a' })] })).toEqual([
      'databases[2]: the name "a" is taken by databases[0] in the same vault. Give one of them another name.',
    ]);
  });

  it('sees the name that a URL gives', async () => {
    const databases = [entry('a'), { url: 'postgres://other/a' }];
    expect(await problemsOf({ databases })).toEqual([
      expect.stringMatching(/databases\[1\]: the name "a" is taken by/),
    ]);
  });

  it('refuses environments that would share a name in one vault, also when one is written with a slash', async () => {
    const environments = {
      prod: { vault: 's3://vault', databases: [entry('a')] },
      staging: { vault: 's3://vault/', databases: [entry('a')] },
    };
    expect(await problemsOf({ environments })).toEqual([
      expect.stringMatching(
        /^environments\.staging\.databases\[0\]: the name "a" is taken by environments\.prod\.databases\[0\]/,
      ),
    ]);
  });

  it('refuses environments that take both vault and databases from the top level', async () => {
    const config = { vault: 's3://vault', databases: [entry('a')], environments: { prod: {}, staging: {} } };
    expect(await problemsOf(config)).toEqual([
      expect.stringMatching(/environment staging would store "a" in the same place as another/),
    ]);
  });

  it('takes one name in two vaults', async () => {
    const environments = {
      prod: { vault: 's3://prod-vault', databases: [entry('a')] },
      staging: { vault: 's3://staging-vault', databases: [entry('a')] },
    };
    expect((await loadObject({ environments }, 'prod')).config.databases[0]?.name).toBe('a');
  });
});
