/** Dumps that others made: imported in every format and compression, drilled without a vault, and refused by what they are. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foreignStream, openForeignFile } from '../../../src/backup/foreign/foreign-file.js';
import { ArchiveWalk } from '../../../src/dump/archive-walk.js';
import { importDump } from '../../../src/backup/import/import-dump.js';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import { verifyFile, type VerifyFileOptions, type VerifyFileResult } from '../../../src/backup/verify/verify-file.js';
import { resolveBackup } from '../../../src/vault/resolve-backup.js';
import { createDatabase, serverPrograms, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { foreignCells, pipelineDump, takeForeignCells } from './foreign-cells.js';
import { accessTo, filesIn, makeContext, readBackup, restore, verify } from './harness.js';

const SHOP = readFileSync(join(import.meta.dirname, '../../fixtures/sql/shop.sql'), 'utf8');
const MORE = `
  CREATE TABLE public.moments (id integer PRIMARY KEY, at timestamp with time zone);
  INSERT INTO public.moments SELECT i, '2024-01-01Z'::timestamptz + i * interval '13 hours' FROM generate_series(1, 1000) i;`;

let context: BackupContext;
let source: TestDatabase;
let directory: string;
const path = (name: string) => join(directory, name);

function run(command: string, args: readonly string[], options: { cwd?: string; input?: Buffer } = {}): Buffer {
  return execFileSync(command, args, { maxBuffer: 1 << 28, ...options });
}

beforeAll(async () => {
  directory = temporaryDirectory();
  context = await makeContext();
  source = await createDatabase(sharedServer(), SHOP + MORE);
  await takeForeignCells(directory, 'shop', sharedServer(), source.name);
  const dump = await pipelineDump(sharedServer());
  for (const [name, option] of [
    ['created', '--create'],
    ['cleaned', '--clean'],
    ['inserts', '--inserts'],
  ] as const) {
    dump(source.name, '-f', path(`${name}.sql`), option);
  }
}, 120_000);
afterAll(() => source?.end());

describe('a dump of pg_dump', () => {
  const cells = foreignCells('shop');

  test('is the same backup whatever its format and compression, and is proven', async () => {
    const drill = serverDrill(await accessTo('postgres'));
    const seen = new Map<string, string[]>();
    for (const [index, name] of cells.entries()) {
      const takenAt = new Date(Date.parse('2024-01-05T03:00:00Z') + index * 60_000);
      const method = (['gzip', 'zstd', 'none'] as const)[index % 3] ?? 'none';
      const file = await openForeignFile(path(name));
      const manifest = await importDump(file, { database: 'shop', takenAt, compression: { method } }, context);
      expect(manifest.original).toMatchObject({ name });
      expect(manifest).toMatchObject({ version: 3, origin: 'imported', session: { TimeZone: 'Europe/Berlin' } });
      seen.set(manifest.entriesSha256, [...(seen.get(manifest.entriesSha256) ?? []), name]);
      // One of each format, and each compression of the vault.
      if (index % 4 !== 0) continue;
      const backup = await resolveBackup(context.store, manifest.key);
      const result = await verify(backup, context, drill);
      expect({ name, ...result }).toMatchObject({ name, verdict: 'proven', differences: [] });
      expect(result.notCompared?.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['globals', 'unseen-source']));
    }
    expect([...seen.values()]).toEqual([cells]);
  }, 240_000);

  test('is restored from the vault like any other backup', async () => {
    const backup = await resolveBackup(context.store, 'shop@2024-01-05T03:00:00Z');
    const { stored } = await readBackup(backup, context);
    expect(stored.segments).toBeDefined();
    expect(stored.manifest).toMatchObject({
      roles: ['postgres', 'shop_owner', 'shop_reader', 'shop_writer'],
      extensions: [{ name: 'pgcrypto', schema: 'shop' }],
      claimed: { takenAt: '2024-01-05T03:00:00.000Z', takenAtFrom: 'given', database: null },
    });
    const target = await createDatabase();
    try {
      const result = await restore(backup, await accessTo(target.name), context, { check: true });
      expect(result.comparison).toMatchObject({ differences: [] });
    } finally {
      await target.end();
    }
  }, 60_000);
});

describe('a file without a vault', () => {
  const drilled = async (name: string, options: VerifyFileOptions = {}): Promise<VerifyFileResult> => {
    const { store: _none, ...rest } = context;
    return verifyFile(await openForeignFile(path(name)), rest, options);
  };

  test('is proven by a confined drill, with the roles that it needs made up', async () => {
    const result = await drilled('shop.dump');
    expect(result).toMatchObject({
      verdict: 'proven',
      key: 'shop.dump',
      file: {
        original: {
          format: 'custom',
          compression: 'none',
          sha256: run('sha256sum', [path('shop.dump')])
            .toString()
            .slice(0, 64),
        },
        claimed: { database: source.name, server: expect.stringMatching(/^\d+\.\d+/) as string },
        rolesMissing: ['postgres', 'shop_owner', 'shop_reader', 'shop_writer'],
        extensions: ['pgcrypto'],
        encoding: 'UTF8',
        timeZone: 'Europe/Berlin',
      },
    });
    expect(result.confinement).toContain('seccomp');
  }, 120_000);

  test('is called what it is where it is no whole dump of one database, and nothing of it is imported', async () => {
    const plain = readFileSync(path('shop.sql'));
    const text = plain.toString();
    const rows = plain.indexOf('COPY shop.orders');
    const gz = gzipSync(plain);
    const custom = readFileSync(path('shop.dump'));
    const tar = readFileSync(path('shop.tar'));
    const bomb = `${text.slice(0, text.indexOf('COPY public.moments'))}COPY public.moments (id, at) FROM stdin;\n`;
    const cases: ReadonlyArray<readonly [name: string, content: string | Buffer, code: RegExp]> = [
      ['empty', '', /is empty/],
      ['letter.txt', 'Dear Holdfast,\n', /is no dump: its first 15 bytes/],
      ['nothing.sql.gz', gzipSync(''), /holds nothing, compressed by gzip/],
      ['twice.sql.gz', gzipSync(gz), /is compressed twice/],
      ['cut.sql.gz', gz.subarray(0, gz.length / 2), /was cut off: its gzip stream has no end/],
      ['cut.sql.zst', readFileSync(path('shop.sql.zst')).subarray(0, 9000), /was cut off: its zstd stream has no end/],
      ['cut.sql.lz4', readFileSync(path('shop.sql.lz4')).subarray(0, 9000), /was cut off: its lz4 stream has no end/],
      ['appended.sql.gz', Buffer.concat([gz, Buffer.from('garbage')]), /Cannot decompress the gzip stream/],
      ['without-its-end.sql', text.slice(0, text.lastIndexOf('-- PostgreSQL database dump complete')), /without pg_dump's closing lines/],
      // As the pipeline stores it whose pg_dump died: a whole gzip file, and not a whole dump.
      ['died.sql.gz', gzipSync(plain.subarray(0, rows + 200)), /ends after \d+ bytes without|inside|within/],
      ['cut.dump', custom.subarray(0, custom.length / 2), /The archive was cut off: pg_restore/],
      ['cut.tar', tar.subarray(0, tar.length / 2), /was cut off: the tar ends within a member/],
      ['endless.tar', tar.subarray(0, tar.length - 1024), /was cut off: the tar has no end/],
      ['two.tar', Buffer.concat([tar, tar]), /is a tar with something behind its end/],
      // pg_restore reads the first, and says nothing.
      ['two.dump', Buffer.concat([custom, custom]), /is an archive with something behind its end/],
      ['appended.dump', Buffer.concat([custom, Buffer.from([1])]), /is an archive with something behind its end/],
      ['appended.dump.gz', gzipSync(Buffer.concat([custom, Buffer.alloc(512)])), /is an archive with something behind its end/],
      ['two.sql', text + text, /after its closing line/],
      ['two.sql.gz', Buffer.concat([gz, gz]), /after its closing line/],
      ['command.sql', text.replace('CREATE INDEX', '\\! touch /tmp/x\nCREATE INDEX'), /psql command "\\\\! touch/],
      ['program.sql', text.replace('CREATE INDEX', "COPY shop.orders FROM PROGRAM 'id';\nCREATE INDEX"), /does not write|single COPY|unknown|COPY/],
      ['bomb.sql.gz', gzipSync(bomb + '1\t2024-01-01 00:00:00+01\n'.repeat(6_000_000)), /more than 200 times as much, the limit \(--max-ratio\)/],
      ['nameless.sql', text.replace(/^-- Dumped .*\n/gm, ''), /does not say of which PostgreSQL it is/],
    ]; // prettier-ignore
    const before = filesIn(context).length;
    const request = { database: 'x', compression: { method: 'gzip' } } as const;
    for (const [name, content, words] of cases) {
      writeFileSync(path(name), content);
      const { verdict, differences, file: described } = await drilled(name);
      expect({ name, verdict, described }).toEqual({ name, verdict: 'unreadable', described: undefined });
      expect(differences.map(({ reason }) => reason)).toEqual([expect.stringMatching(words)]);
      const file = await openForeignFile(path(name));
      await expect(importDump(file, request, context)).rejects.toThrow(words);
    }
    expect(filesIn(context)).toHaveLength(before);
    for (const [name, hint] of [
      ['created.sql', /pg_dump --create/],
      ['cleaned.sql', /pg_dump --clean/],
      ['inserts.sql', /pg_dump --inserts/],
    ] as const) {
      expect(await drilled(name)).toMatchObject({ verdict: 'unreadable', notes: [expect.stringMatching(hint)] });
    }
  }, 240_000);

  test('is followed to its end in custom format, in whatever pieces it comes', () => {
    const bytes = readFileSync(path('shop.dump'));
    for (const size of [1, 7, 4096, bytes.length]) {
      const walk = new ArchiveWalk();
      const places = new Set<string>();
      for (let at = 0; at < bytes.length; at += size) {
        walk.feed(bytes.subarray(at, at + size));
        places.add(walk.place);
      }
      expect(walk.place).toBe('at the end');
      expect([...places].filter((place) => place !== 'inside' && place !== 'at the end')).toEqual([]);
      walk.feed(Buffer.from([3]));
      expect(walk.place).toBe('behind the end');
    }
  });

  test('is imported from a stream, under the name and at the time that an archive gives', async () => {
    const stream = (async function* () {
      const bytes = readFileSync(path('shop.dump.gz'));
      for (let at = 0; at < bytes.length; at += 999) yield await Promise.resolve(bytes.subarray(at, at + 999));
    })();
    const manifest = await importDump(
      foreignStream('standard input', stream),
      { compression: { method: 'gzip' } },
      context,
    );
    expect(manifest).toMatchObject({
      database: source.name,
      claimed: { takenAtFrom: expect.stringMatching(/archive|file/) as string },
    });
  }, 60_000);
});

describe('a folder of pg_dump', () => {
  const importing = async (name: string, database: string) =>
    importDump(await openForeignFile(path(name)), { database, compression: { method: 'gzip' } }, context);

  test('is not imported where the rows of a table do not end, however they are compressed', async () => {
    const dump = await pipelineDump(sharedServer());
    dump(source.name, '-Fd', '-Z0', '-f', path('bare.dir'));
    const rows = readdirSync(path('bare.dir')).filter((file) => /^\d+\.dat$/.test(file));
    const [largest = ''] = rows.sort(
      (a, b) => statSync(join(path('bare.dir'), b)).size - statSync(join(path('bare.dir'), a)).size,
    );
    const whole = readFileSync(join(path('bare.dir'), largest));
    // Within a row, at the end of one, and before the first.
    const cuts = [Math.floor(whole.length / 2), whole.lastIndexOf('\n', whole.length / 2) + 1, 0];
    for (const [index, cut] of cuts.entries()) {
      for (const compressed of [false, true]) {
        const name = `cut-${index}-${compressed}.dir`;
        run('cp', ['-r', path('bare.dir'), path(name)]);
        const file = join(path(name), largest);
        writeFileSync(file, whole.subarray(0, cut));
        if (compressed) run('gzip', [file]);
        await expect(importing(name, 'cut'), name).rejects.toMatchObject({ code: 'DUMP_TRUNCATED' });
        run('tar', ['cf', path(`${name}.tar`), name], { cwd: directory });
        await expect(importing(`${name}.tar`, 'cut'), name).rejects.toMatchObject({ code: 'DUMP_TRUNCATED' });
      }
    }
    expect(filesIn(context).filter((file) => file.includes('layer2/cut'))).toEqual([]);
  });

  test('is imported with --inserts, and with tables that have no rows', async () => {
    const empty = await createDatabase(sharedServer(), 'CREATE TABLE none (a int); CREATE TABLE one AS SELECT 1 AS a');
    try {
      const dump = await pipelineDump(sharedServer());
      dump(empty.name, '-Fd', '-Z0', '-f', path('empty.dir'));
      expect((await importing('empty.dir', 'empty')).totals).toMatchObject({ rows: 1, tables: 2 });
      // Statements are no rows that could be compared: refused for that, and not as cut off.
      dump(empty.name, '-Fd', '-Z0', '--inserts', '-f', path('inserts.dir'));
      const refused = await importing('inserts.dir', 'inserts').catch((error: unknown) => error);
      expect(refused).not.toMatchObject({ code: 'DUMP_TRUNCATED' });
    } finally {
      await empty.end();
    }
  });
});

describe('a hostile archive', () => {
  /** A folder whose table of contents takes rows from another file: pg_restore itself follows such a path. */
  const folderThatReads = (name: string, place: string): string => {
    run('cp', ['-r', path('shop.dir'), path(name)]);
    for (const zipped of run('find', [path(name), '-name', '*.gz'])
      .toString()
      .split('\n')
      .filter(Boolean)) {
      writeFileSync(zipped.slice(0, -3), gunzipSync(readFileSync(zipped)));
      run('rm', [zipped]);
    }
    const toc = readFileSync(join(path(name), 'toc.dat'));
    const at = toc.toString('latin1').search(/\d{4}\.dat/);
    toc.write(place, at, 'latin1');
    writeFileSync(join(path(name), 'toc.dat'), toc);
    return path(name);
  };

  test('that names a file above its folder gets none of it', async () => {
    const secret = 'this-is-nobodys-business';
    const folder = folderThatReads('above', '../s.dat');
    writeFileSync(path('s.dat'), `${secret}\n`, { mode: 0o644 });
    writeFileSync(join(directory, '..', 's.dat'), `${secret}\n`, { mode: 0o644 });
    // That it would, without confinement and in place, is what makes this a test.
    const pgRestore = (await serverPrograms()).program('pg_restore');
    expect(spawnSync(pgRestore, ['-f', '-', folder]).stdout.toString()).toContain(secret);
    const { store: _none, ...rest } = context;
    const result = await verifyFile(await openForeignFile(folder), rest);
    expect(result.verdict).toBe('unreadable');
    expect(JSON.stringify(result)).toContain('../s.dat');
    expect(JSON.stringify(result)).not.toContain(secret);
  }, 60_000);

  test('that holds a link, or a tar with a path out of its folder, is refused before pg_restore sees it', async () => {
    const { store: _none, ...rest } = context;
    run('cp', ['-r', path('shop.dir'), path('linked')]);
    renameSync(join(path('linked'), 'toc.dat'), path('elsewhere.dat'));
    symlinkSync(path('elsewhere.dat'), join(path('linked'), 'toc.dat'));
    mkdirSync(path('inner'));
    copyFileSync(join(path('shop.dir'), 'toc.dat'), path('toc.dat'));
    run('tar', ['-Pcf', path('climbs.tar'), '../toc.dat'], { cwd: path('inner') });
    run('tar', ['-Pcf', path('absolute.tar'), path('toc.dat')]);
    run('tar', ['-cf', path('links.tar'), 'linked'], { cwd: directory });
    for (const name of ['linked', 'climbs.tar', 'absolute.tar', 'links.tar']) {
      const { verdict, differences } = await verifyFile(await openForeignFile(path(name)), rest);
      expect({ name, verdict }).toEqual({ name, verdict: 'unreadable' });
      expect(differences[0]?.reason).toMatch(/is not a file but a link or a folder|a link or a path out of its folder/);
    }
  }, 60_000);
});
