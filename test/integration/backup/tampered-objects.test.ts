/** Stored objects that were changed: check and verify say so, name the object or entry, and never call it proven. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBackup, type CheckResult } from '../../../src/backup/check/check-backup.js';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { applyStatements } from '../../../src/backup/load/apply-globals.js';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import type { VerifyResult } from '../../../src/backup/verify/verify-backup.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { livingChildren } from '../../helpers/children.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { accessTo, makeContext, restore, takeBackup, verify } from './harness.js';
import { TamperedVault, type Role, type WritableManifest } from './tampered-vault.js';

const SHOP = readFileSync(join(import.meta.dirname, '../../fixtures/sql/shop.sql'), 'utf8');

const ROLES: readonly Role[] = ['dump', 'globals', 'entries', 'segments'];

let context: BackupContext;
let database: TestDatabase;
let backup: CompleteBackup;
let other: CompleteBackup;

beforeAll(async () => {
  context = await makeContext();
  database = await createDatabase(sharedServer(), SHOP);
  const access = await accessTo(database.name);
  ({ backup } = await takeBackup(access, context));
  await database.query('DELETE FROM shop.orders WHERE id = 1');
  ({ backup: other } = await takeBackup(access, context));
});

afterAll(() => database?.end());

function tamper(change: (vault: TamperedVault) => void): TamperedVault {
  const vault = new TamperedVault(context, backup);
  change(vault);
  return vault;
}

const check = (vault: TamperedVault): Promise<CheckResult> => checkBackup(backup, vault.context(context));

/** On the shared server: a drill as good as one in a server of its own, and ten times as fast. */
async function drill(vault: TamperedVault): Promise<VerifyResult> {
  return verify(backup, vault.context(context), serverDrill(await accessTo('postgres')));
}

/** `KEY: problem`, with the role in place of the key. */
function problems(result: CheckResult, vault: TamperedVault): string[] {
  return result.problems.map(({ key, problem }) => {
    const role = ROLES.find((candidate) => vault.key(candidate) === key);
    return `${role ?? 'manifest'}: ${problem}`;
  });
}

describe('a backup that nobody touched', () => {
  test('is intact, and proven', async () => {
    const vault = new TamperedVault(context, backup);
    expect(await check(vault)).toMatchObject({ verdict: 'intact', problems: [] });
    expect(await drill(vault)).toMatchObject({ verdict: 'proven', differences: [] });
  });
});

describe.each(ROLES)('the stored %s', (role) => {
  /** First bytes, header, middle, checksum and size at the end of a gzip file; and several between. */
  const positions = (length: number) => {
    const spread = Array.from({ length: 12 }, (_, n) => Math.floor(((n + 1) * length) / 13));
    return [0, 1, 2, 3, 9, 10, 11, ...spread, length - 9, length - 8, length - 5, length - 4, length - 1];
  };

  test('is damaged by a flipped bit wherever it lies, and named', async () => {
    const { length } = readFileSync(new TamperedVault(context, backup).path(role));
    const vault = new TamperedVault(context, backup);
    for (const position of positions(length)) {
      const flip = (bytes: Buffer) => {
        bytes[position]! ^= 0x10;
        return bytes;
      };
      vault.edit(role, flip);
      const result = await check(vault);
      expect(result.verdict, `bit ${position} of ${length}`).toBe('damaged');
      expect(result.problems.map(({ key }) => key)).toEqual([vault.key(role)]);
      vault.edit(role, flip);
    }
    expect((await check(vault)).verdict).toBe('intact');
  });

  test.each([
    ['cut at its last byte', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['cut in the middle', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
    ['cut before its checksum', (bytes: Buffer) => bytes.subarray(0, -8)],
    ['emptied', () => Buffer.alloc(0)],
    ['longer by a byte', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([0])])],
    [
      'followed by an empty gzip file',
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('H4sIAAAAAAAAAwMAAAAAAAAAAAA=', 'base64')]),
    ],
    ['filled with zeros', (bytes: Buffer) => Buffer.alloc(bytes.length)],
  ])('is unreadable when %s', async (_what, change) => {
    const vault = tamper((it) => it.edit(role, change));
    const result = await check(vault);
    expect(result.verdict).toBe('damaged');
    expect(result.problems.map(({ key }) => key)).toEqual([vault.key(role)]);
    expect(await drill(vault)).toMatchObject({
      verdict: 'unreadable',
      matched: 0,
      differences: [{ name: vault.key(role) }],
    });
  });

  test('is missing when removed', async () => {
    const vault = tamper((it) => it.remove(role));
    expect(problems(await check(vault), vault)).toEqual([expect.stringMatching(`^${role}: .*`)]);
    expect(await drill(vault)).toMatchObject({ verdict: 'unreadable', differences: [{ name: vault.key(role) }] });
  });

  test('is another one when swapped with that of another backup', async () => {
    const vault = tamper((it) => it.edit(role, () => readFileSync(new TamperedVault(context, other).path(role))));
    expect((await check(vault)).problems.map(({ key }) => key)).toEqual([vault.key(role)]);
    expect(await drill(vault)).toMatchObject({ verdict: 'unreadable', differences: [{ name: vault.key(role) }] });
  });
});

describe('a manifest', () => {
  test.each([
    ['is no JSON any more', (bytes: Buffer) => bytes.subarray(0, -20)],
    ['is empty', () => Buffer.alloc(0)],
    ['describes the other backup', () => readFileSync(new TamperedVault(context, other).path('manifest'))],
  ])('that %s makes the backup unreadable, and no proof is written', async (_what, change) => {
    const vault = tamper((it) => it.edit('manifest', change));
    expect(await checkBackup(backup, vault.context(context))).toMatchObject({
      verdict: 'damaged',
      problems: [{ key: backup.manifestKey }],
    });
    const result = await drill(vault);
    expect(result).toMatchObject({
      verdict: 'unreadable',
      proofKey: undefined,
      differences: [{ name: backup.manifestKey }],
    });
  });

  test.each<readonly [string, (manifest: WritableManifest) => void, RegExp]>([
    [
      'the rows',
      (manifest) => (manifest.totals.rows -= 1),
      /^dump: MANIFEST totals.rows: the manifest says \d+, the dump has \d+$/,
    ],
    [
      'the entries',
      (manifest) => (manifest.totals.entries += 1),
      /^dump: MANIFEST totals.entries: the manifest says \d+, the dump has \d+$/,
    ],
    [
      'the tables',
      (manifest) => (manifest.totals.tables = 0),
      /^dump: MANIFEST totals.tables: the manifest says \d+, the dump has \d+$/,
    ],
    [
      'the large objects',
      (manifest) => (manifest.totals.largeObjects = 7),
      /^dump: MANIFEST totals.largeObjects: the manifest says 7, the dump has 3$/,
    ],
    [
      'the size of the dump',
      (manifest) => {
        manifest.totals.rawBytes += 1;
        manifest.parts[0]!.rawBytes += 1;
      },
      /^dump: MANIFEST totals.rawBytes: the manifest says \d+, the dump has \d+$/,
    ],
    ["the SHA-256 of the entries' content", (manifest) => (manifest.entriesSha256 = '0'.repeat(64)), /^entries: /],
    [
      "the SHA-256 of the globals' content",
      (manifest) => (manifest.parts[1]!.rawSha256 = '0'.repeat(64)),
      /^globals: /,
    ],
    [
      'the SHA-256 of the stored dump',
      (manifest) => (manifest.parts[0]!.sha256 = '0'.repeat(64)),
      /^dump: .*does not have the SHA-256 that the manifest says/,
    ],
    [
      'the size of the stored globals',
      (manifest) => (manifest.parts[1]!.storedBytes += 1),
      /^globals: .*bytes, but the manifest says/,
    ],
  ])('that lies about %s is found out', async (_what, lie, expected) => {
    const vault = tamper((it) => it.editManifest(lie));
    // The index of the segments knows the size as well.
    const found = problems(await check(vault), vault).filter(
      (problem) => !/^segments: .* hold \d+ bytes/.test(problem),
    );
    expect(found).toEqual([expect.stringMatching(expected)]);
    expect((await drill(vault)).verdict).not.toBe('proven');
  });

  test.each([
    ['parentheses that nobody closes', '('.repeat(5000)],
    ['a parenthesis too few', 'shop('],
    ['a class that does not end', 'sh[op'],
    ['a repetition of nothing', '+shop'],
    ['a table', 'db.shop.orders'],
    ['a NUL character', 'sh\0op'],
    ['more than a program can be given', 's'.repeat(200_000)],
  ])('A7: whose choice of schemas holds %s is unreadable', async (_what, pattern) => {
    const vault = tamper((it) => it.editManifest(({ selection }) => selection.schemas.push('shop', pattern)));
    expect(await drill(vault)).toMatchObject({
      verdict: 'unreadable',
      differences: [{ reason: expect.stringMatching(/^Reading the manifest's selection failed: /) as string }],
      notes: [expect.stringMatching(/^No backup can have been taken with it/)],
    });
  });

  test('A7: whose choice of schemas is of none that there is differs', async () => {
    const vault = tamper((it) => it.editManifest(({ selection }) => selection.schemas.push('nowhere')));
    const { verdict, differences } = await drill(vault);
    expect(verdict).toBe('differs');
    expect(differences).toContainEqual(expect.objectContaining({ type: 'SCHEMA', reason: 'is missing from the copy' }));
  });

  test('A7: whose choice names the database of the source is read in one of another name', async () => {
    const { backup: ofSchema } = await takeBackup(await accessTo(database.name), context, { schemas: ['shop'] });
    const vault = new TamperedVault(context, ofSchema);
    vault.editManifest(({ selection }) => (selection.schemas[0] = `"${database.name}".shop`));
    const result = await verify(ofSchema, vault.context(context), serverDrill(await accessTo('postgres')));
    expect(result.verdict).toBe('proven');
  });

  test('A1: whose settings hold options of a session is unreadable, and restored by nobody', async () => {
    const evil = 'UTC\t-c\tsession_preload_libraries=/nonexistent/evil';
    const vault = tamper((it) => it.editManifest(({ session }) => (session.TimeZone = evil)));
    expect(await drill(vault)).toMatchObject({ verdict: 'unreadable', differences: [{ name: backup.manifestKey }] });
    const target = await createDatabase();
    try {
      const into = restore(backup, await accessTo(target.name), vault.context(context), { check: true });
      await expect(into).rejects.toMatchObject({
        code: 'MANIFEST_INVALID',
        message: expect.stringContaining('is no value of TimeZone') as string,
      });
    } finally {
      await target.end();
    }
  });
});

describe('an entries file that lies, with a manifest that agrees with it,', () => {
  test.each([
    ['about the number of rows', (text: string) => text.replace('"rows":900', '"rows":899')],
    [
      'about the hash of rows',
      (text: string) =>
        text.replace(
          /("name":"orders".*"hash":")(.)/,
          (_all, before: string, digit: string) => before + (digit === '0' ? '1' : '0'),
        ),
    ],
    ['about a sequence', (text: string) => text.replace('"lastValue":"900"', '"lastValue":"901"')],
    ['about a definition', (text: string) => text.replace(/("type":"POLICY".*?"sha256":")...../, '$100000')],
    ['about an owner', (text: string) => text.replace('"owner":"shop_owner"', '"owner":"shop_reader"')],
    ['by leaving an entry out', (text: string) => text.replace(/^.*"type":"INDEX".*\n/m, '')],
    [
      'by adding an entry',
      (text: string) => text.replace(/^(.*)("type":"INDEX","schema":"shop","name":")(.*)\n/m, '$&$1$2extra_$3\n'),
    ],
  ])('%s is found out, and the entry is named', async (_what, lie) => {
    const vault = tamper((it) => {
      it.forge('entries', lie(it.text('entries')));
      it.editManifest((manifest) => (manifest.totals.entries = it.text('entries').split('\n').length - 1));
    });
    expect(vault.text('entries')).not.toBe(new TamperedVault(context, backup).text('entries'));
    const result = await check(vault);
    expect(problems(result, vault).length).toBeGreaterThan(0);
    for (const { key, problem } of result.problems) {
      expect(key).toBe(vault.key('dump'));
      expect(problem).toMatch(/^[A-Z][A-Z ]+ \S.*: /);
    }
    const verdict = await drill(vault);
    expect(verdict.verdict).toBe('differs');
    expect(verdict.differences.length).toBeGreaterThan(0);
  });
});

describe('A7: entries of which there cannot be so many', () => {
  test('are unreadable beyond those that the manifest says, and are not read on', async () => {
    const vault = tamper((it) => it.forge('entries', it.text('entries').repeat(2)));
    expect(problems(await check(vault), vault)).toEqual([
      expect.stringMatching(/^entries: .* holds more than the \d+ entries that the manifest says/),
    ]);
    expect(await drill(vault)).toMatchObject({ verdict: 'unreadable', differences: [{ name: vault.key('entries') }] });
  });

  test('are unreadable where the dump that the manifest tells of has no room for them', async () => {
    const vault = tamper((it) => it.editManifest((manifest) => (manifest.totals.entries = manifest.totals.rawBytes)));
    expect(problems(await check(vault), vault)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/says that a dump of \d+ bytes holds \d+ entries, which is impossible/),
      ]),
    );
    expect(await drill(vault)).toMatchObject({ verdict: 'unreadable' });
  });
});

describe('another dump, with a manifest that agrees with it,', () => {
  test('is found out by the entries, which name what differs', async () => {
    const vault = tamper((it) => it.forge('dump', new TamperedVault(context, other).text('dump')));
    expect(problems(await check(vault), vault)).toEqual([
      'dump: TABLE DATA shop.orders: the dump and the entries file contradict each other',
      expect.stringMatching(/^dump: MANIFEST totals.rows: the manifest says \d+, the dump has \d+$/),
    ]);
    const result = await drill(vault);
    expect(result.verdict).toBe('differs');
    expect(result.differences.map(({ type, name }) => `${type} ${name}`)).toContain('TABLE DATA orders');
  });

  test('that ends early is unreadable', async () => {
    const vault = tamper((it) => it.forge('dump', it.text('dump').slice(0, -60)));
    expect(problems(await check(vault), vault)).toEqual([expect.stringMatching(/^dump: The dump ends /)]);
    expect(await drill(vault)).toMatchObject({ verdict: 'unreadable', matched: 0 });
  });

  test("that the server refuses differs, with the server's words", async () => {
    const vault = tamper((it) =>
      it.forge('dump', it.text('dump').replace('CREATE INDEX orders_placed', 'CREATE NONSENSE orders_placed')),
    );
    const result = await drill(vault);
    expect(result.verdict).toBe('differs');
    expect(result.differences[0]).toMatchObject({
      type: 'RESTORE',
      reason: expect.stringContaining('syntax error at or near "NONSENSE"') as string,
    });
  });
});

describe('globals that were replaced, with a manifest that agrees with them,', () => {
  test('leave the restore without its roles, and the verdict says which', async () => {
    const vault = tamper((it) => it.forge('globals', it.text('globals').replaceAll('shop_owner', 'shop_other')));
    const result = await verify(backup, vault.context(context));
    expect(result.verdict).toBe('differs');
    expect(result.differences[0]?.reason).toContain('role "shop_owner" does not exist');
  });
});

describe('A7: an object that inflates without end', () => {
  /** 64 MiB of blanks a member, without a line's end: small in the vault, and endless for whoever holds it in memory. */
  const member = gzipSync(Buffer.alloc(64 << 20, ' '));

  test.each(ROLES)('is unreadable as the %s, and is not read on', async (role) => {
    const vault = tamper((it) => it.forge(role, it.text(role)));
    const bomb = Buffer.concat([readFileSync(vault.path(role)), ...Array.from({ length: 40 }, () => member)]);
    writeFileSync(vault.path(role), bomb);
    vault.editManifest((manifest) => {
      const part = manifest.parts.find((candidate) => candidate.role === role)!;
      part.storedBytes = bomb.length;
      part.sha256 = createHash('sha256').update(bomb).digest('hex');
    });
    expect(problems(await check(vault), vault)).toEqual([expect.stringMatching(/inflates to more than/)]);
    expect(await drill(vault)).toMatchObject({
      verdict: 'unreadable',
      differences: [{ name: vault.key(role), reason: expect.stringMatching(/inflates to more than/) as string }],
    });
  });

  test.each(['globals', 'entries'] as const)(
    'is unreadable as the %s where the manifest says that it is that large, before it is read',
    async (role) => {
      const vault = tamper((it) =>
        it.editManifest((manifest) => (manifest.parts.find((part) => part.role === role)!.rawBytes = 2 ** 40)),
      );
      expect(problems(await check(vault), vault)).toEqual([expect.stringMatching(/at most \d+ are allowed/)]);
      expect(await drill(vault)).toMatchObject({ verdict: 'unreadable' });
    },
  );
});

describe('A6: globals with commands in them', () => {
  const marker = join(temporaryDirectory(), 'from-globals');
  const program = `COPY (SELECT 1) TO PROGRAM 'touch ${marker}'`;

  test.each([
    ['behind a comment that hides a quote', `COMMENT ON ROLE shop_owner IS NULL /* ' */; ${program} --';`],
    ['behind a dollar quote', `COMMENT ON ROLE shop_owner IS $$ ' $$; ${program} --';`],
    ['of psql', `\\! touch ${marker}`],
  ])('%s are refused by check, verify and restore before anything runs', async (_what, text) => {
    const vault = tamper((it) =>
      it.forge('globals', it.text('globals').replace('\nCREATE ROLE', `\n${text}\nCREATE ROLE`)),
    );
    expect(vault.text('globals')).toContain(marker);
    expect(problems(await check(vault), vault)).toEqual([
      expect.stringMatching(/^globals: The globals file (?:has|holds) /),
    ]);
    const result = await verify(backup, vault.context(context));
    expect(result).toMatchObject({
      verdict: 'unreadable',
      differences: [{ reason: expect.stringMatching(/^The globals file (?:has|holds) /) as string }],
    });
    const target = await createDatabase();
    try {
      const into = await accessTo(target.name);
      const refused = restore(backup, into, vault.context(context), { globals: true });
      await expect(refused).rejects.toMatchObject({ code: 'HOSTILE_DUMP' });
    } finally {
      await target.end();
    }
    expect(existsSync(marker)).toBe(false);
  });

  test('are one statement to the server as well, or refused by it', async () => {
    const client = await database.client();
    const failures = await applyStatements(client, [`COMMENT ON ROLE shop_owner IS NULL; ${program}`]);
    expect(failures).toEqual([
      expect.objectContaining({ message: expect.stringContaining('multiple commands') as string }),
    ]);
    expect(existsSync(marker)).toBe(false);
  });
});

describe('a dump with commands in it', () => {
  const marker = join(temporaryDirectory(), 'world', 'marker');

  beforeAll(async () => {
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(marker, '..'));
    // Open to every user: nothing but the refusal may keep the file from appearing.
    chmodSync(join(marker, '../..'), 0o777);
    chmodSync(join(marker, '..'), 0o777);
  });

  const DATA = 'COPY shop.log (at, line) FROM stdin;\n';
  const INDEX = 'CREATE INDEX orders_placed';

  test.each<readonly [string, (dump: string) => string]>([
    ['a shell command between statements', (dump) => dump.replace(INDEX, `\\! touch ${marker}\n${INDEX}`)],
    [
      'a shell command within a statement',
      (dump) => dump.replace(INDEX, `CREATE \\! touch ${marker}\nINDEX orders_placed`),
    ],
    [
      'a shell command behind a statement',
      (dump) => dump.replace('INSTEAD NOTHING;', `INSTEAD NOTHING; \\! touch ${marker}`),
    ],
    [
      "a shell command after an end of data that is none of pg_dump's",
      (dump) => dump.replace(DATA, `${DATA}\\.\n\\! touch ${marker}\n`),
    ],
    [
      'a shell command after an end of data with a carriage return',
      (dump) => dump.replace(DATA, `${DATA}\\.\r\n\\! touch ${marker}\n`),
    ],
    ['a shell command in its first line', (dump) => `\\! touch ${marker}\n${dump}`],
    ['a shell command in its last line', (dump) => `${dump}\\! touch ${marker}\n`],
    [
      'a shell command behind its restricted part',
      (dump) => dump.replace(/^\\unrestrict (.*)$/m, `\\unrestrict $1\n\\! touch ${marker}`),
    ],
    [
      'a query whose output goes to a program',
      (dump) => dump.replace(INDEX, `SELECT 1 \\g | touch ${marker}\n${INDEX}`),
    ],
    [
      'a copy by psql from a program',
      (dump) => dump.replace(INDEX, `\\copy shop.log from program 'touch ${marker}'\n${INDEX}`),
    ],
    [
      'a copy from a program',
      (dump) => dump.replace(DATA, `COPY shop.log (at, line) FROM PROGRAM 'touch ${marker}';\n${DATA}`),
    ],
    [
      "a copy from a program in place of the rows'",
      (dump) => dump.replace(DATA, `COPY shop.log (at, line) FROM PROGRAM 'touch ${marker}';\n`),
    ],
    [
      'a copy from a program under another header',
      (dump) => dump.replace(INDEX, `COPY shop.log FROM PROGRAM 'touch ${marker}';\n${INDEX}`),
    ],
    [
      'a copy from a program in small letters',
      (dump) => dump.replace(INDEX, `copy shop.log from program 'touch ${marker}';\n${INDEX}`),
    ],
    [
      'a copy from a program behind a comment',
      (dump) => dump.replace(INDEX, `/* */ COPY shop.log FROM PROGRAM 'touch ${marker}';\n${INDEX}`),
    ],
    [
      'a query that runs code',
      (dump) =>
        dump.replace(INDEX, `DO $$ BEGIN EXECUTE 'COPY shop.log FROM PROGRAM ''touch ${marker}'''; END $$;\n${INDEX}`),
    ],
    ['a variable that is pasted into SQL', (dump) => dump.replace(INDEX, `\\set x \`touch ${marker}\`\n${INDEX}`)],
  ])('is refused for %s before anything of it runs', async (_what, change) => {
    const vault = tamper((it) => it.forge('dump', change(it.text('dump'))));
    expect(vault.text('dump')).toContain(marker);
    const result = await drill(vault);
    expect(result).toMatchObject({ verdict: 'unreadable', matched: 0 });
    expect(result.differences[0]?.reason).toMatch(/^The dump (?:has|holds) /);
    expect((await check(vault)).verdict).toBe('damaged');
    expect(existsSync(marker)).toBe(false);
  });
});

test('is unreadable, and does not differ, where the server refuses a damaged row before the object is at its end', async () => {
  const source = await createDatabase(
    sharedServer(),
    `CREATE TABLE a_number AS SELECT 12345 AS n;
     CREATE TABLE b_padding AS SELECT repeat('x', 1000) FROM generate_series(1, 5000)`,
  );
  const own = await makeContext();
  const { backup: damaged } = await takeBackup(await accessTo(source.name), own, { compression: 'none' });
  await source.end();
  const vault = new TamperedVault(own, damaged);
  vault.edit('dump', (bytes) => Buffer.from(bytes.toString('latin1').replace('\n12345\n', '\n12E45\n'), 'latin1'));

  // The rest of the dump comes once psql has ended, as the server has refused the row.
  const running = async () => (await livingChildren()).includes('psql');
  const { store } = vault.context(own);
  const slow: BackupContext['store'] = {
    ...store,
    get: async function* (key, options) {
      let read = 0;
      for await (const bytes of store.get(key, options)) {
        if (key === vault.key('dump') && read > 0) await expect.poll(running, { timeout: 30_000 }).toBe(false);
        yield bytes;
        read += bytes.length;
      }
    },
  };
  const { verdict, differences } = await verify(
    damaged,
    { ...own, store: slow },
    serverDrill(await accessTo('postgres')),
  );
  expect({ verdict, differences }).toMatchObject({ verdict: 'unreadable', differences: [{ name: vault.key('dump') }] });
});
