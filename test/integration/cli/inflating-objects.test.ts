/** Small objects that become large where they are read, by the command line, with little memory. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { checkDocument, verifyDocument } from '../../../src/cli/json/documents.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { sealDocument } from '../../../src/vault/formats/document.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, makeContext, takeBackup } from '../backup/harness.js';
import { TamperedVault, type Role } from '../backup/tampered-vault.js';
import { parseDocument } from './run-json.js';
import { SHOP_SQL } from './shop.js';

/** In MiB: what a command holds of one of these objects without a limit is many times as much. */
const HEAP = 256;

let context: BackupContext;
let shop: TestDatabase;
let target: TestDatabase;
const backups = new Map<'gzip' | 'zstd', CompleteBackup>();

beforeAll(async () => {
  context = await makeContext();
  shop = await createDatabase(sharedServer(), SHOP_SQL);
  target = await createDatabase();
  const access = await accessTo(shop.name);
  backups.set('gzip', (await takeBackup(access, context, { name: 'bomb' })).backup);
  backups.set('zstd', (await takeBackup(access, context, { name: 'zipped', compression: 'zstd' })).backup);
  await takeBackup(access, context, { name: 'good' });
});

afterAll(async () => {
  await shop.end();
  await target.end();
});

/** 64 MiB of blanks each, in any number. */
const gzipMember = gzipSync(Buffer.alloc(64 << 20, ' '));
const zstdFrame = spawnSync('zstd', ['-q', '-c'], { input: Buffer.alloc(64 << 20, ' ') }).stdout;

interface Bomb {
  readonly vault: TamperedVault;
  readonly backup: CompleteBackup;
}

function open(compression: 'gzip' | 'zstd' = 'gzip'): Bomb {
  const backup = backups.get(compression)!;
  const vault = new TamperedVault(context, backup);
  // Every command looks at all that is there: one good backup beside it is enough.
  for (const { database } of backups.values()) {
    if (database !== backup.database) vault.removeDatabase(database);
  }
  return { vault, backup };
}

/** An object with these bytes, and a manifest that says so. */
function replace(bomb: Bomb, role: Role, bytes: Buffer, rawBytes?: number): Bomb {
  const { vault } = bomb;
  writeFileSync(vault.path(role), bytes);
  vault.editManifest((manifest) => {
    // As whoever wants it to be read without an index.
    if (role === 'dump') manifest.parts = manifest.parts.filter((each) => each.role !== 'segments');
    const part = manifest.parts.find((candidate) => candidate.role === role)!;
    part.storedBytes = bytes.length;
    part.sha256 = createHash('sha256').update(bytes).digest('hex');
    if (rawBytes !== undefined) part.rawBytes = rawBytes;
  });
  return bomb;
}

const members = (member: Buffer, count = 40) => Buffer.concat(Array.from({ length: count }, () => member));
/** A document with a list of so many zeros where there should be objects. */
const zeros = (format: string, list: string, count: number) =>
  sealDocument(`{\n"format": "${format}", "version": 1, "${list}": [${'0,'.repeat(count)}0]\n}`);

const proofPath = ({ vault }: Bomb) => vault.path('manifest').replace('.manifest.json', '.proof-20261122T040000Z.json');

const BOMBS: readonly (readonly [string, () => Bomb, RegExp, readonly string[]])[] = [
  [
    'a dump of many gzip members',
    () => replace(open(), 'dump', members(gzipMember)),
    /inflates to more than the \d+ bytes/,
    ['check', 'verify', 'restore'],
  ],
  [
    'a dump of many zstd frames',
    () => replace(open('zstd'), 'dump', members(zstdFrame)),
    /inflates to more than the \d+ bytes/,
    ['check', 'verify', 'restore'],
  ],
  [
    'globals of many members',
    () => replace(open(), 'globals', members(gzipMember)),
    /inflates to more than the \d+ bytes/,
    ['check', 'verify', 'restore'],
  ],
  [
    'entries of many members',
    () => replace(open(), 'entries', members(gzipMember)),
    /inflates to more than \d+ bytes/,
    ['check', 'verify', 'show', 'compare'],
  ],
  [
    'segments of many members',
    () => replace(open(), 'segments', members(gzipMember)),
    /inflates to more than \d+ bytes/,
    ['check', 'verify'],
  ],
  [
    'entries in one line that does not end, with a manifest that allows for it',
    () => replace(open(), 'entries', gzipSync(Buffer.alloc(16 << 20, ' ')), 16 << 20),
    /a line is longer than \d+ bytes/,
    ['check', 'verify', 'show', 'compare'],
  ],
  [
    'a manifest that is longer than any',
    () => {
      const bomb = open();
      bomb.vault.edit('manifest', () => Buffer.alloc(80 << 20, ' '));
      return bomb;
    },
    /is larger than \d+ bytes|so large that Node\.js may not/,
    ['check', 'verify', 'list', 'status', 'show', 'compare', 'restore'],
  ],
  [
    'a manifest of millions of values',
    () => {
      const bomb = open();
      bomb.vault.edit('manifest', () => zeros('holdfast.manifest', 'parts', 8_000_000));
      return bomb;
    },
    /holds more than \d+ values|so large that Node\.js may not/,
    ['check', 'verify', 'list', 'status', 'show', 'compare', 'restore'],
  ],
  [
    'a proof of millions of values',
    () => {
      const bomb = open();
      writeFileSync(proofPath(bomb), zeros('holdfast.proof', 'differences', 8_000_000));
      return bomb;
    },
    // The document of `show` has no more than a sentence about all that is stored.
    /holds more than \d+ values|so large that Node\.js may not|cannot be read/,
    ['list', 'status', 'show'],
  ],
];

const ARGUMENTS: Readonly<Record<string, (database: string) => readonly string[]>> = {
  check: () => ['check', '--all'],
  verify: () => ['verify', '--all', '--unconfined'],
  list: () => ['list'],
  status: () => ['status'],
  show: (database) => ['show', database],
  compare: (database) => ['compare', 'good', database],
  restore: (database) => ['restore', database, '--to', target.url, '--yes'],
};

describe.each(BOMBS)('A7: %s', (_what, make, reason, commands) => {
  test(`gets an answer from ${commands.join(', ')}, which go on with what else there is`, async () => {
    const { vault, backup } = make();
    for (const command of commands) {
      const args = [...ARGUMENTS[command]!(backup.database), '--vault', vault.url, '--json'];
      const env = { NODE_OPTIONS: `--max-old-space-size=${HEAP}` };
      const result = await runHoldfast(args, { env });
      const said = `${command}: ${result.stderr}\n${result.stdout}`;
      expect(result.signal, said).toBeNull();
      expect([1, 3, 4], said).toContain(result.code);
      expect(said).not.toMatch(/\n\s+at |FATAL ERROR|INTERNAL/);
      expect(result.stdout, said).toMatch(reason);
      const verdicts = (found: readonly { readonly database: string; readonly verdict: string }[]) =>
        new Map(found.map((each) => [each.database, each.verdict]));
      if (command === 'check') {
        const found = verdicts(parseDocument(checkDocument, result).checks);
        expect([found.get(backup.database), found.get('good')], said).toEqual(['damaged', 'intact']);
      } else if (command === 'verify') {
        const found = verdicts(parseDocument(verifyDocument, result).proofs);
        expect([found.get(backup.database), found.get('good')], said).toEqual(['unreadable', 'proven']);
      } else if (command === 'restore') {
        expect(await target.query("SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toEqual([]);
      }
    }
  });
});

describe('A7: entries that a true backup may have, and this Node.js cannot hold', () => {
  test.each(['check', 'compare', 'show'])('are a coded error of %s that names the limit to raise', async (command) => {
    const { vault, backup } = open();
    vault.editManifest((manifest) => (manifest.parts.find(({ role }) => role === 'entries')!.rawBytes = 200 << 20));
    const args = command === 'compare' ? ['compare', 'good', backup.database] : [command, backup.database];
    const env = { NODE_OPTIONS: `--max-old-space-size=${HEAP}` };
    const { code, stdout } = await runHoldfast([...args, '--vault', vault.url, '--json'], { env });
    expect(code, stdout).toBe(1);
    expect(stdout).toContain('OUT_OF_MEMORY');
    expect(stdout).toContain('NODE_OPTIONS=--max-old-space-size=1024');
  });
});

describe('A7: a row that is larger than the heap', () => {
  test('is backed up, checked and compared all the same, as no row is held', async () => {
    const { url } = open().vault;
    const big = await createDatabase(sharedServer(), "CREATE TABLE t AS SELECT repeat('0123456789', 10000000) AS a");
    try {
      const env = { NODE_OPTIONS: '--max-old-space-size=64' };
      const backup = await runHoldfast(['backup', '--url', big.url, '--name', 'big', '--vault', url, '--json'], {
        env,
      });
      expect(backup.code, backup.stderr).toBe(0);
      const check = await runHoldfast(['check', 'big', '--vault', url, '--json'], { env });
      expect(check.code, check.stderr).toBe(0);
      expect(check.stdout).toContain('"intact"');
    } finally {
      await big.end();
    }
  });
});
