import { describe, expect, it } from 'vitest';
import { expandDiscovered, withDiscovered } from '../../src/config/discovery.js';
import { nameProblem } from '../../src/config/name.js';
import { loadObject } from './config-files.js';

async function discovery(entry: object, others: object[] = []) {
  const { config } = await loadObject({ databases: [{ host: 'h', discover: true, ...entry }, ...others] });
  return { config, entry: config.discoveries[0]! };
}

describe('expandDiscovered', () => {
  it('makes a database of each name, with the entry’s settings', async () => {
    const { entry } = await discovery({ user: 'dumper', compression: 'zstd' });
    const databases = expandDiscovered(entry, ['shop', 'crm']);
    expect(databases.map(({ name, dbName }) => [name, dbName])).toEqual([
      ['crm', 'crm'],
      ['shop', 'shop'],
    ]);
    expect(databases[0]).toMatchObject({ host: 'h', user: 'dumper', compression: 'zstd', lockWaitTimeoutMs: 60_000 });
    expect(databases[0]).not.toHaveProperty('include');
  });

  it('never takes templates and the database of RDS, even when asked to', async () => {
    const { entry } = await discovery({ discover: { include: ['template*', 'rdsadmin', 'postgres'] } });
    const names = expandDiscovered(entry, ['template0', 'template1', 'rdsadmin', 'postgres']).map(({ name }) => name);
    expect(names).toEqual(['postgres']);
  });

  it('takes what is included and not excluded; only * and ? are wildcards', async () => {
    const { entry } = await discovery({ discover: { include: ['app_?', 'a.c*'], exclude: ['*_x'] } });
    const names = expandDiscovered(entry, ['app_1', 'app_12', 'app_x', 'abc', 'a.cd']).map(({ name }) => name);
    expect(names).toEqual(['a.cd', 'app_1']);
  });

  it('makes names valid, and puts the entry’s name before them', async () => {
    const { entry } = await discovery({ name: 'eu' });
    const [database] = expandDiscovered(entry, ['My db/é']);
    expect(database).toMatchObject({ name: 'eu-My-db', dbName: 'My db/é' });
  });

  it.each(['_x', '../x', '日本', ' ', 'a/b', '.hidden', 'a'.repeat(300)])('gives %j a valid name', async (dbName) => {
    const { entry } = await discovery({});
    expect(nameProblem(expandDiscovered(entry, [dbName])[0]!.name)).toBeUndefined();
  });

  it('refuses two databases that would get one name, naming both', async () => {
    const { entry } = await discovery({});
    expect(() => expandDiscovered(entry, ['a b', 'a-b'])).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/"a b".*"a-b".*name "a-b"/) as unknown,
      }),
    );
  });
});

describe('withDiscovered', () => {
  it('leaves a database to its own entry on the same server, also when one of them is a URL', async () => {
    const own = [
      { url: 'postgres://H:5432/shop', name: 'main', compression: 'none' },
      { host: 'h', port: 5433, dbName: 'crm', name: 'crm-of-5433' },
    ];
    const { config, entry } = await discovery({}, own);
    const result = withDiscovered(config, [{ entry, databaseNames: ['shop', 'crm'] }]);
    expect(result.databases.map(({ name }) => name)).toEqual(['main', 'crm-of-5433', 'crm']);
    expect(result.discoveries).toEqual([]);
  });

  it('refuses a discovered database that takes the name of another server’s', async () => {
    const { config, entry } = await discovery({}, [{ host: 'other', dbName: 'shop' }]);
    expect(() => withDiscovered(config, [{ entry, databaseNames: ['shop'] }])).toThrow(
      /of other:5432.*of h:5432.*"shop"/,
    );
  });
});
