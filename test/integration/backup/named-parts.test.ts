/** Parts of a backup that are named short, or wrongly, or that need an extension. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { RestoreRequest, RestoreResult } from '../../../src/backup/restore/restore-request.js';
import { parseTableName, type Selection } from '../../../src/backup/restore/selection/selection.js';
import { restoreTarget } from '../../../src/cli/inputs/restore-target.js';
import type { Session } from '../../../src/cli/session.js';
import { openConfigSource } from '../../../src/cli/inputs/config-source.js';
import { silentLogger } from '../../../src/core/logger.js';
import type { HoldfastError } from '../../../src/core/errors.js';
import { describeContents } from '../../../src/postgres/contents.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { accessTo, makeContext, restore, takeBackup } from './harness.js';

let context: BackupContext;
let backup: CompleteBackup;
let target: TestDatabase;

beforeAll(async () => {
  const source = await createDatabase(
    sharedServer(),
    `CREATE SCHEMA app; CREATE SCHEMA old; CREATE SCHEMA ext;
     CREATE EXTENSION citext WITH SCHEMA ext; CREATE EXTENSION hstore WITH SCHEMA ext; CREATE EXTENSION pg_trgm;
     CREATE TYPE app.mood AS ENUM ('happy');
     CREATE TABLE app.items (a int); INSERT INTO app.items VALUES (1);
     CREATE TABLE old.items (a int); CREATE TABLE old.customers (a int);
     CREATE TABLE app.people (email ext.citext); CREATE TABLE app.tags (t text);
     CREATE INDEX tags_trgm ON app.tags USING gin (t public.gin_trgm_ops);
     CREATE TABLE app.both (email ext.citext, mood app.mood);`,
  );
  await source.query(`ALTER DATABASE ${source.name} SET search_path = "$user", app, public`);
  context = await makeContext();
  ({ backup } = await takeBackup(await accessTo(source.name), context));
  return () => source.end();
});

beforeEach(async () => {
  target = await createDatabase();
});

afterEach(() => target.end());

async function load(
  tables: readonly string[],
  choice: Partial<Selection> = {},
  overrides: Partial<RestoreRequest> = {},
): Promise<RestoreResult> {
  const selection: Selection = {
    ...{ tables: tables.map(parseTableName), schemas: [], part: 'all', append: false },
    ...choice,
  };
  return restore(backup, await accessTo(target.name), context, { selection, ...overrides });
}

async function refusal(...args: Parameters<typeof load>): Promise<HoldfastError> {
  const before = await describeContents(await target.client());
  const outcome = await load(...args).catch((error: unknown) => error as HoldfastError);
  expect(outcome).toBeInstanceOf(Error);
  expect(await describeContents(await target.client())).toEqual(before);
  return outcome as HoldfastError;
}

describe('16.B3: a table without a schema', () => {
  test('16.B3: is the one in the search path of the database that was backed up, and the result says so', async () => {
    const result = await load(['items'], {}, { check: true });
    expect(result).toMatchObject({ rows: 1, comparison: { differences: [] } });
    expect(result.notes[0]).toBe(
      "The table items is app.items, by the backup's search path. The backup also holds old.items.",
    );
    expect(await target.query('SELECT * FROM app.items')).toEqual([{ a: 1 }]);
  });

  test('16.B3: that no schema of the path has is refused with the schemas that have one', async () => {
    const error = await refusal(['customers']);
    expect(error).toMatchObject({ code: 'UNKNOWN_TABLE' });
    expect(error.message).toBe(
      'The backup holds no table customers in its search path (app, public); it has old.customers.',
    );
    expect(error.hint).toContain('--table old.customers');
  });

  test.each([
    ['costumers', 'Did you mean old.customers?'],
    ['app.customers', 'Did you mean old.customers?'],
    ['app.item', 'Did you mean app.items?'],
  ])('16.B3: %s gets a suggestion', async (name, words) => {
    const error = await refusal([name]);
    expect(error).toMatchObject({ code: 'UNKNOWN_TABLE' });
    expect(error.message).toContain(words);
  });

  test('16.B3: a schema that is near gets a suggestion', async () => {
    expect((await refusal([], { schemas: ['appp'] })).message).toContain('Did you mean app?');
  });
});

describe('16.B3: a missing extension', () => {
  test.each([
    [
      'app.people',
      'table app.people needs ext.citext, of one of the extensions',
      'CREATE EXTENSION "citext" WITH SCHEMA "ext";',
    ],
    [
      'app.tags',
      'index app.tags_trgm needs public.gin_trgm_ops, of the extension pg_trgm, which the target does not have',
      'CREATE EXTENSION "pg_trgm" WITH SCHEMA "public";',
    ],
  ])('16.B3: is named for %s, and is not called something to choose', async (table, words, remedy) => {
    const error = await refusal([table]);
    expect(error).toMatchObject({ code: 'TARGET_LACKS' });
    expect(error.message).toContain(words);
    expect(error.hint).toContain(remedy);
    expect(error.hint).not.toContain('hoose it too');
  });

  test('16.B3: beside something that can be chosen, both are said', async () => {
    const error = await refusal(['app.both']);
    expect(error.message).toContain('app.mood');
    expect(error.hint).toContain('CREATE EXTENSION "citext"');
    expect(error.hint).toContain('The rest: choose it too');
  });

  test('16.B3: that the target has in another schema is named with both', async () => {
    await target.query('CREATE EXTENSION pg_trgm WITH SCHEMA pg_catalog');
    const error = await refusal(['app.tags']);
    expect(error.message).toContain(
      'the extension pg_trgm, which the target has in the schema pg_catalog and the backup in public',
    );
  });
});

describe('16.B3: --to', () => {
  async function resolve(given: string) {
    const cwd = temporaryDirectory();
    const { host, port, superuser } = sharedServer();
    await writeFile(
      join(cwd, 'holdfast.yaml'),
      `vault: file:///vault\ndatabases:\n  - name: orders\n    dbName: ${target.name}\n    host: ${host}\n    port: ${port}\n    user: ${superuser}\n`,
    );
    const signal = new AbortController().signal;
    const session = {
      config: openConfigSource({ file: undefined, environment: undefined, cwd, logger: silentLogger }),
      env: {},
      cwd,
      signal,
    } as unknown as Session;
    return restoreTarget(session, given, {});
  }

  test('16.B3: takes the name of a database in the config', async () => {
    const access = await resolve('orders');
    expect(access.target.database).toBe(target.name);
    await (await access.connect()).end();
  });

  test('16.B3: a name that the config does not have is refused with the nearest', async () => {
    await expect(resolve('order')).rejects.toThrow('Did you mean "orders"?');
  });
});
