import { afterEach, beforeEach, expect, it } from 'vitest';
import { warnOfChangeable } from '../../../src/postgres/changeable-expressions.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database?.end());

async function warning(schemas: readonly string[] = []): Promise<string> {
  const client = await database.client();
  await client.query(`SET search_path = ''`);
  return (await warnOfChangeable(client, schemas)).join();
}

it('14.A: warns of CHECKs and generated columns that depend on time, settings or other tables', async () => {
  await database.query(
    `CREATE SCHEMA app; CREATE TABLE app.rates (cur text, rate numeric);
     CREATE FUNCTION app.rate(c text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE
       AS $$ BEGIN RETURN (SELECT r.rate FROM app.rates r WHERE r.cur = c); END $$;
     CREATE FUNCTION app.tenant() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT current_setting('app.tenant', true) $$;
     CREATE DOMAIN app.past AS timestamptz CHECK (VALUE <= now());
     CREATE TABLE app.t (at date CONSTRAINT young CHECK (at > current_date - 30), owner text CONSTRAINT own CHECK (owner = CURRENT_USER),
       tenant text CONSTRAINT theirs CHECK (tenant = app.tenant()), usd numeric GENERATED ALWAYS AS (app.rate('USD')) STORED)`,
  );
  const said = await warning();
  for (const object of [
    'CHECK past_check on the domain app.past (now())',
    'CHECK young on app.t (the present time or user)',
    'CHECK own on app.t (the present time or user)',
    'CHECK theirs on app.t (tenant())',
    'the generated column usd of app.t (rate())',
  ]) {
    expect(said).toContain(object);
  }
  expect(await warning(['public'])).toBe('');
});

it('14.A: warns of nothing that depends on its row alone', async () => {
  await database.query(
    `CREATE FUNCTION year(d date) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT extract(year FROM d)::int $$;
     CREATE FUNCTION same(a int, b int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN a IS NOT DISTINCT FROM b; END $$;
     CREATE TABLE t (a int CHECK (a > 0 AND same(a, a)), b text CHECK (b ~ '^x' AND lower(b) = b AND concat(b, 'y') <> ''),
       d date CHECK (year(d) > 2000), g int GENERATED ALWAYS AS (year(d) + a) STORED)`,
  );
  expect(await warning()).toBe('');
});
