import { describe, expect, test } from 'vitest';
import { namesIn, namesInStrings, replaceSchemas, standsAlone, stringsIn, wordAt } from '../../src/dump/sql-names.js';
import { decoderFor } from '../../src/dump/text-encoding.js';

const utf8 = decoderFor('UTF8');
/** Text as the reader of a dump hands it on: bytes as characters. */
const latin1 = (text: string) => Buffer.from(text).toString('latin1');
const names = (text: string) => namesIn(latin1(text), utf8).map(({ schema, name }) => `${schema}|${name}`);
const move = (text: string) => {
  const moved = replaceSchemas(latin1(text), namesIn(latin1(text), utf8), ({ schema }) =>
    schema === 'app' ? latin1('"nëw "" one"') : undefined,
  );
  return Buffer.from(moved, 'latin1').toString('utf8');
};

describe('the names in a statement', () => {
  test.each([
    ['CREATE TABLE app.t (a app.mood[], b integer DEFAULT app.f(1));', ['app|t', 'app|mood', 'app|f']],
    ['ALTER TABLE ONLY "a.b"."c""d" ADD CONSTRAINT x PRIMARY KEY (a);', ['a.b|c"d']],
    ["COMMENT ON COLUMN app.t.c IS 'app.no';", ['app|t']],
    ['... DEFAULT nextval(\'app."my seq"\'::regclass);', ['app|my seq']],
    ["SELECT pg_catalog.setval('\"it''s\".s', 5, true);", ["it's|s"]],
    ["SELECT 'app.no'::text, E'app.no', $$ app.no $$, $q$ app.no $q$;", []],
    ['SELECT (x).y, (app.t).z, 1.5;', ['app|t']],
    ['SELECT 1 OPERATOR(app.<->) 2, a OPERATOR(app.+) b;', ['app|<->', 'app|+']],
    ['SELECT pg_catalog.now() -- app.no\n, app.yes();', ['app|yes']],
    ['CREATE TABLE "ünï".täble ();', ['ünï|täble']],
  ])('%s', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  test.each([
    [
      'ALTER TABLE app.t ADD FOREIGN KEY (a) REFERENCES other.t;',
      'ALTER TABLE "nëw "" one".t ADD FOREIGN KEY (a) REFERENCES other.t;',
    ],
    ["nextval('app.\"it''s\"'::regclass)", `nextval('"nëw "" one"."it''s"'::regclass)`],
    ['SELECT \'app.t\', $$app.t$$, app.t, "app".t;', `SELECT 'app.t', $$app.t$$, "nëw "" one".t, "nëw "" one".t;`],
  ])('in %s get another schema, and nothing else changes', (text, expected) => {
    expect(move(text)).toBe(expected);
  });
});

test('names in bodies and strings are found apart from those that are names', () => {
  const text = `CREATE FUNCTION app.f() AS $$ it's app."x y" /* app.z */ $$ DEFAULT nextval('app.s'::regclass) COMMENT 'see app.t'`;
  expect(namesInStrings(text, utf8).map(({ schema, name }) => `${schema}|${name}`)).toEqual([
    'app|x y',
    'app|z',
    'app|t',
  ]);
});

test('strings of a setting, words of the language and aliases are told from names in quotes', () => {
  expect(stringsIn(`SET search_path TO 'app', 'it''s'`, utf8)).toEqual(['app', "it's"]);
  expect(wordAt(`"INHERITS" 'INHERITS' INHERITS (a)`, 'INHERITS')).toBe(22);
  expect(wordAt('nothing', 'INHERITS')).toBe(-1);
  expect(standsAlone('SELECT app.a FROM x.y app', 'app', utf8)).toBe(true);
  expect(standsAlone("SELECT app.a, 'app' FROM app.t o", 'app', utf8)).toBe(false);
});
