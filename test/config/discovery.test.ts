import { describe, expect, it } from 'vitest';
import { contestedNames, expandDiscovered, withDiscovered, type Holder } from '../../src/config/discovery.js';
import { nameProblem } from '../../src/config/name.js';
import { loadObject } from './config-files.js';

async function discovery(entry: object, others: object[] = []) {
  const { config } = await loadObject({ databases: [{ host: 'h', discover: true, ...entry }, ...others] });
  return { config, entry: config.discoveries[0]! };
}

describe('expandDiscovered', () => {
  it("makes a database of each name, with the entry's settings", async () => {
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

  it("makes names valid, and puts the entry's name before them", async () => {
    const { entry } = await discovery({ name: 'eu' });
    const [database] = expandDiscovered(entry, ['My db/é']);
    expect(database).toMatchObject({ name: 'eu-My-db', dbName: 'My db/é' });
  });

  it.each(['_x', '../x', '日本', ' ', 'a/b', '.hidden', 'a'.repeat(300)])('gives %j a valid name', async (dbName) => {
    const { entry } = await discovery({});
    expect(nameProblem(expandDiscovered(entry, [dbName])[0]!.name)).toBeUndefined();
  });
});

describe('withDiscovered', () => {
  it('leaves a database to its own entry on the same server, also when one of them is a URL', async () => {
    const own = [
      { url: 'postgres://H:5432/shop', name: 'main', compression: 'none' },
      { host: 'h', port: 5433, dbName: 'crm', name: 'crm-of-5433' },
    ];
    const { config, entry } = await discovery({}, own);
    const { config: result } = withDiscovered(config, [{ entry, databaseNames: ['shop', 'crm'] }]);
    expect(result.databases.map(({ name }) => name)).toEqual(['main', 'crm-of-5433', 'crm']);
    expect(result.discoveries).toEqual([]);
  });

  /** What each name goes to, and what is refused. */
  async function claimed(
    databaseNames: readonly string[],
    { others = [], entry = {}, held }: { others?: object[]; entry?: object; held?: Record<string, Holder> } = {},
  ) {
    const made = await discovery(entry, others);
    const found = [{ entry: made.entry, databaseNames, systemIdentifier: '7' }];
    const holders = new Map(Object.entries(held ?? {}));
    const { config, refused } = withDiscovered(made.config, found, holders);
    return {
      taken: Object.fromEntries(config.databases.map(({ name, host, dbName }) => [name, `${host}/${dbName}`])),
      refused: refused.map(({ subject }) => subject),
      errors: refused.map(({ error }) => error),
      contested: contestedNames(made.config, found),
    };
  }

  it('B15: leaves a name to the database whose backups the vault holds, however a new one is called', async () => {
    const held = { 'a-b': { dbName: 'a b', systemIdentifier: '7' } };
    // Even if its OID is the lower one, as after a restore of the server.
    for (const databaseNames of [
      ['a b', 'a-b', 'c'],
      ['a-b', 'a b', 'c'],
    ]) {
      const { taken, refused, errors, contested } = await claimed(databaseNames, { held });
      expect(contested).toEqual(['a-b']);
      expect(taken).toEqual({ 'a-b': 'h/a b', c: 'h/c' });
      expect(refused).toEqual(['database "a-b" of h:5432']);
      expect(errors[0]).toMatchObject({ code: 'DATABASE_NAME_TAKEN', exitCode: 1 });
      expect(errors[0]?.message).toContain('database "a b" of h:5432, whose backups the vault holds');
      expect(errors[0]?.hint).toContain('with dbName "a-b" and a name of its own');
      // A prefix would go before both names.
      expect(errors[0]?.hint).not.toContain('prefix');
    }
  });

  it("B15: leaves a name to the oldest where the vault holds nothing under it, or another cluster's", async () => {
    const of = (systemIdentifier: string | undefined) => ({ 'a-b': { dbName: 'a-b', systemIdentifier } });
    expect((await claimed(['a b', 'a-b'])).taken).toEqual({ 'a-b': 'h/a b' });
    expect((await claimed(['a b', 'a-b'], { held: of('8') })).taken).toEqual({ 'a-b': 'h/a b' });
    expect((await claimed(['a b', 'a-b'], { held: of(undefined) })).taken).toEqual({ 'a-b': 'h/a-b' });
  });

  it('B15: between two servers, a name goes to the one whose backups the vault holds, and a prefix helps', async () => {
    const { config } = await loadObject({
      databases: [
        { host: 'one', discover: true },
        { host: 'two', discover: true },
      ],
    });
    const found = config.discoveries.map((entry, index) => ({
      entry,
      databaseNames: ['shop'],
      systemIdentifier: String(index + 1),
    }));
    const held = new Map([['shop', { dbName: 'shop', systemIdentifier: '2' }]]);
    const result = withDiscovered(config, found, held);
    expect(result.config.databases.map(({ host }) => host)).toEqual(['two']);
    expect(result.refused[0]?.error.hint).toContain('give one of the two discoveries a name, which becomes a prefix');
  });

  it('B15: leaves a name to the oldest database, whatever a newer one is called', async () => {
    const { taken, refused } = await claimed(['prod orders', 'PROD/orders', 'prod!orders', 'prod-orders']);
    expect(taken).toEqual({ 'prod-orders': 'h/prod orders', 'PROD-orders': 'h/PROD/orders' });
    expect(refused).toEqual(['database "prod!orders" of h:5432', 'database "prod-orders" of h:5432']);
  });

  it('B15: refuses a name with a line break, which takes no name from another', async () => {
    const { taken, refused, errors, contested } = await claimed(['prod\norders', 'prod orders']);
    expect(taken).toEqual({ 'prod-orders': 'h/prod orders' });
    expect(refused).toEqual(['database "prod\\norders" of h:5432']);
    expect(errors[0]).toMatchObject({ code: 'DATABASE_NAME_UNUSABLE', exitCode: 1 });
    expect(errors[0]?.message).not.toContain('\n');
    expect(errors[0]?.hint).toContain('discover.exclude');
    expect(contested).toEqual([]);
  });

  it('B15: leaves a configured name to the config, also against a database that is called just so', async () => {
    const { taken, refused } = await claimed(['shop', 'crm'], { others: [{ host: 'other', dbName: 'shop' }] });
    expect(taken).toEqual({ shop: 'other/shop', crm: 'h/crm' });
    expect(refused).toEqual(['database "shop" of h:5432']);
  });

  it('B15: takes the others of a server full of hostile names, none of which gets an invalid name', async () => {
    const hostile = [
      '..',
      '.',
      '../../etc',
      '/',
      'a\u0000b',
      '\u001b[2J',
      'x\ny',
      '-rf',
      'caf\u00e9',
      'cafe\u0301',
      "';--",
    ];
    const { taken, refused } = await claimed([...hostile, 'a'.repeat(63), 'orders']);
    expect(taken).toMatchObject({ orders: 'h/orders' });
    expect(
      Object.keys(taken)
        .map(nameProblem)
        .filter((problem) => problem !== undefined),
    ).toEqual([]);
    expect(Object.keys(taken).length + refused.length).toBe(hostile.length + 2);
  });
});
