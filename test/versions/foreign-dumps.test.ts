/** Dumps of every major, taken by its own pg_dump, and read on a machine that has its programs, or others. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openForeignFile } from '../../src/backup/foreign/foreign-file.js';
import { ArchiveWalk } from '../../src/dump/archive-walk.js';
import { importDump } from '../../src/backup/import/import-dump.js';
import { verifyFile } from '../../src/backup/verify/verify-file.js';
import { resolveBackup } from '../../src/vault/resolve-backup.js';
import { openDatabase, type TestServer } from '../helpers/postgres.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';
import { verify } from '../integration/backup/harness.js';
import { contextWith, describeMajors, MAJORS, programsOf, seenWith, startMajor } from './majors.js';

const SQL = `
  CREATE TABLE orders (id integer PRIMARY KEY, at timestamptz NOT NULL, note text);
  INSERT INTO orders SELECT i, '2024-01-01Z'::timestamptz + i * interval '13 hours', md5(i::text) FROM generate_series(1, 500) i;
  CREATE TABLE parts (id integer, day date) PARTITION BY RANGE (day);
  CREATE TABLE parts_2024 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
  INSERT INTO parts SELECT i, '2024-01-01'::date + i FROM generate_series(1, 300) i;
  CREATE VIEW recent AS SELECT o.id, o.note FROM orders o WHERE o.id > 100;
  SELECT lo_from_bytea(0, 'a large object');`;

describeMajors(13, 'a dump of %i', (major) => {
  let server: TestServer;
  let directory: string;
  const dumps: string[] = [];

  beforeAll(async () => {
    server = await startMajor(major);
    await openDatabase(server, 'postgres').query('CREATE DATABASE shop');
    await openDatabase(server, 'shop').query(SQL);
    directory = temporaryDirectory();
    const pgDump = (await programsOf(major)).program('pg_dump');
    const env = { PATH: process.env.PATH, PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.superuser };
    const take = (name: string, ...args: string[]) => {
      execFileSync(pgDump, ['-f', join(directory, name), ...args, 'shop'], { env });
      dumps.push(name);
    };
    take('shop.sql', '-Fp');
    take('shop.sql.gz', '-Fp', '-Z6');
    take('shop.dump', '-Fc');
    take('shop.tar', '-Ft');
    take('shop.dir', '-Fd', '-j2');
    // Since 16 the compression inside of an archive is a choice.
    if (major < 16) return;
    for (const method of ['lz4', 'zstd', 'none']) {
      take(`shop-${method}.dump`, '-Fc', `--compress=${method}`);
      take(`shop-${method}.dir`, '-Fd', `--compress=${method}`);
    }
    take('shop-zstd.sql.zst', '-Fp', '--compress=zstd:3');
    take('shop-lz4.sql.lz4', '-Fp', '--compress=lz4');
  });
  afterAll(() => server?.stop());

  it('21: is followed to its end in custom format, so that what comes behind is seen', () => {
    const archives = dumps.filter((name) => name.endsWith('.dump'));
    expect(archives.length).toBeGreaterThan(0);
    for (const name of archives) {
      const walk = new ArchiveWalk();
      walk.feed(readFileSync(join(directory, name)));
      expect({ name, place: walk.place }).toEqual({ name, place: 'at the end' });
    }
  });

  it('21: is imported and proven on a machine with its programs, whatever its format and compression', async () => {
    const context = await contextWith([major]);
    const seen = new Set<string>();
    for (const [index, name] of dumps.entries()) {
      const takenAt = new Date(Date.parse('2024-01-05T03:00:00Z') + index * 60_000);
      const file = await openForeignFile(join(directory, name));
      const manifest = await importDump(file, { database: 'shop', takenAt, compression: { method: 'gzip' } }, context);
      seen.add(manifest.entriesSha256);
      const result = await verify(await resolveBackup(context.store, manifest.key), context);
      expect({ name, ...result }).toMatchObject({ name, verdict: 'proven', differences: [] });
    }
    expect(seen.size).toBe(1);
  });

  const newer = MAJORS.filter((other) => other > major);
  it.runIf(newer.length > 0).each(newer)('21: restores on a machine that has %i alone', async (other) => {
    const context = await contextWith([other]);
    for (const [index, name] of ['shop.sql.gz', 'shop.dump'].entries()) {
      const takenAt = new Date(Date.parse('2024-01-05T03:00:00Z') + index * 60_000);
      const file = await openForeignFile(join(directory, name));
      const manifest = await importDump(file, { database: 'shop', takenAt, compression: { method: 'gzip' } }, context);
      const result = await verify(await resolveBackup(context.store, manifest.key), context);
      expect({ name, ...result }).toMatchObject({
        ...{ name, verdict: 'restores', differences: [] },
        across: { sourceMajor: major, serverMajor: other },
      });
    }
  });

  const older = MAJORS.filter((other) => other < major);
  it.runIf(older.length > 0).each(older)(
    '21: is refused with the reason on a machine that has %i alone',
    async (other) => {
      const context = await seenWith(await contextWith([major]), [other]);
      const { store: _none, ...rest } = context;
      for (const name of ['shop.sql.gz', 'shop.dump']) {
        const drilled = verifyFile(await openForeignFile(join(directory, name)), rest);
        await expect(drilled).rejects.toThrow(new RegExp(`(?:PostgreSQL|pg_dump) ${major}`));
      }
    },
  );
});
