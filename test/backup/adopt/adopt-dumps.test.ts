import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { adoptDumps } from '../../../src/backup/adopt/adopt-dumps.js';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { silentLogger } from '../../../src/core/logger.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { openVault } from '../../../src/vault/open-vault.js';
import { newVault } from '../../helpers/vault.js';

const DUMP = `--
-- PostgreSQL database dump
--

-- Dumped from database version 15.18
-- Dumped by pg_dump version 15.18

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

--
-- PostgreSQL database dump complete
--

`;
/** The head of an archive of a version that is not known: 1.99. */
const ARCHIVE = Buffer.concat([
  Buffer.from('PGDMP'),
  Buffer.from([1, 99, 0, 4, 8, 1, 1]),
  ...[5, 4, 3, 22, 10, 126, 0].map((value) => Buffer.from([0, value, 0, 0, 0])),
  ...['appdb', '99.1', '99.1'].map((text) => Buffer.from(`\0${String.fromCharCode(text.length)}\0\0\0${text}`)),
]);
/** A frame of zstd whose window takes two gibibytes. */
const WIDE = Buffer.concat([Buffer.from('28b52ffd00a8', 'hex'), Buffer.from([0x21, 0, 0]), Buffer.from('--\n-')]);

const keyOf = (day: string, rest: string) => `layer2/appdb/2026/01/${day}/appdb_202601${day}${rest}`;
const request = { databases: [], dryRun: false };

/** A vault with these dumps and a link. */
async function vaultOf(dumps: Readonly<Record<string, string | Buffer>>, link?: string) {
  const { directory, url } = newVault();
  for (const [key, bytes] of Object.entries(dumps)) {
    mkdirSync(dirname(join(directory, key)), { recursive: true });
    writeFileSync(join(directory, key), bytes);
  }
  if (link !== undefined) {
    const outside = join(dirname(directory), 'outside.sql');
    writeFileSync(outside, DUMP);
    mkdirSync(dirname(join(directory, link)), { recursive: true });
    symlinkSync(outside, join(directory, link));
  }
  return openVault(url);
}

function contextOf(store: ObjectStore): BackupContext {
  return { store, installed: [], env: process.env, logger: silentLogger, clock: { now: () => new Date() } };
}

test('a dump that cannot be read is named as that, and keeps none of the later ones from being adopted', async () => {
  const [link, archive, wide] = [keyOf('01', 'T030000Z.sql'), keyOf('02', 'T030000Z.sql'), keyOf('03', 'T030000Z.sql.zst')]; // prettier-ignore
  const good = keyOf('04', 'T030000Z.sql');
  const store = await vaultOf({ [archive]: ARCHIVE, [wide]: WIDE, [good]: DUMP }, link);
  const { adopted, refused } = await adoptDumps(request, contextOf(store));
  expect(refused.map(({ key, code, unread }) => [key, code, unread])).toEqual([
    [link, 'VAULT_UNREADABLE', true],
    [archive, 'PROGRAM_MISSING', true],
    [wide, 'DUMP_UNRECOGNIZED', false],
  ]);
  expect(refused[2]?.reason).toContain('with a window that takes more memory');
  expect(adopted.map(({ key }) => key)).toEqual([good]);
});

test('a dump of the same second as another is named in each run, and the one that has the manifest never', async () => {
  const [own, other] = [keyOf('01', '_030000.sql'), keyOf('01', 'T030000Z.sql')];
  const store = await vaultOf({ [own]: DUMP });
  expect((await adoptDumps(request, contextOf(store))).adopted.map(({ key }) => key)).toEqual([own]);
  await store.put(
    other,
    (async function* () {
      yield await Promise.resolve(Buffer.from(DUMP));
    })(),
  );
  for (const dryRun of [true, false]) {
    const { adopted, refused } = await adoptDumps({ ...request, dryRun }, contextOf(store));
    expect(adopted).toEqual([]);
    expect(refused.map(({ key, code }) => [key, code])).toEqual([[other, 'OBJECT_EXISTS']]);
  }
});

test('a dump that another run adopts in the meantime is known, and not refused', async () => {
  const key = keyOf('01', 'T030000Z.sql');
  const store = await vaultOf({ [key]: DUMP });
  let other: Awaited<ReturnType<typeof adoptDumps>> | undefined;
  const overtaken: ObjectStore = {
    ...store,
    async *get(...args) {
      if (args[0] === key) other ??= await adoptDumps(request, contextOf(store));
      yield* store.get(...args);
    },
  };
  const result = await adoptDumps(request, contextOf(overtaken));
  expect(other?.adopted).toHaveLength(1);
  expect(result).toMatchObject({ found: { known: 1 }, adopted: [], refused: [] });
});
