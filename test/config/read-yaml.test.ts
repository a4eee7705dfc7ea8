import { describe, expect, it } from 'vitest';
import { errorOf, load } from './config-files.js';

describe('a YAML config', () => {
  it('may use anchors and merge keys', async () => {
    const text = 'databases:\n  - &a { host: h, dbName: a, user: u }\n  - { <<: *a, dbName: b }\n';
    expect((await load('holdfast.yaml', text)).config.databases).toMatchObject([
      { name: 'a', user: 'u' },
      { name: 'b', user: 'u', host: 'h' },
    ]);
  });

  it('has the line of each problem, in the order of the file', async () => {
    const text = '# first\ndatabases:\n  - host: h\n    dbName: a\n    port: 0\n  - dbName: b\n\nvault: x\n';
    const lines = (await errorOf(load('holdfast.yaml', text))).message.split('\n').slice(1);
    expect(lines).toEqual([
      expect.stringMatching(/^ {2}databases\[0\]\.port \(line 5\)/),
      expect.stringMatching(/^ {2}databases\[1\] \(line 6\)/),
      expect.stringMatching(/^ {2}vault \(line 8\)/),
    ]);
  });

  it.each([
    ['a: [1\nb: 2\n', /line 2:/],
    ['vault: file:///a\nvault: file:///b\n', /line 2: .*unique/],
    ['a: 1\n---\nb: 2\n', /cannot be parsed/],
    ['a: *nowhere\n', /cannot be parsed/],
  ])('that cannot be parsed is refused with the line: %j', async (text, message) => {
    const error = await errorOf(load('holdfast.yml', text));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(message);
  });

  it.each(['', '# only a comment\n', 'null'])('that is empty is refused: %j', async (text) => {
    expect((await errorOf(load('holdfast.yaml', text))).message).toMatch(/the file.*: is empty/);
  });
});

describe('a JSON config', () => {
  it('may name its schema for editors, and begin with a byte order mark', async () => {
    const text = '\uFEFF{ "$schema": "./config.schema.json", "concurrency": 3 }';
    expect((await load('holdfast.json', text)).config.concurrency).toBe(3);
  });

  it('has the line of each problem', async () => {
    const error = await errorOf(load('holdfast.json', '{\n  "concurrency": 3,\n  "vualt": "x"\n}'));
    expect(error.message).toMatch(/vualt \(line 3\): unknown option/);
    expect(error.details).toEqual({
      problems: [{ path: 'vualt', line: 3, message: expect.stringMatching(/^unknown option/) as string }],
    });
  });

  it.each([
    ['{\n  "a": 1,\n}', 3, /line 3: this is not JSON/],
    ['{\n  a: 1\n}', 2, /line 2: this is not JSON/],
    ['{\n  "a": 1', 2, /line 2: /],
    ['{ "vault": "file:///a",\n "vault": "file:///b" }', 2, /line 2: .*unique/],
  ])('that cannot be parsed is refused with the line: %j', async (text, line, message) => {
    const error = await errorOf(load('holdfast.json', text));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(message);
    expect(error.details).toMatchObject({ problems: [{ path: null, line }] });
  });

  it('that cannot be parsed is not quoted, since a secret may stand in it', async () => {
    const error = await errorOf(load('holdfast.json', '{ "password": HUNTER2 }'));
    expect(error.message).not.toContain('HUNTER2');
  });
});
