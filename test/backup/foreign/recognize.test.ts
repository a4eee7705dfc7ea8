import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS, withinLimits } from '../../../src/backup/foreign/limits.js';
import { recognize } from '../../../src/backup/foreign/recognize.js';
import { readTarHeader } from '../../../src/backup/foreign/tar.js';
import { ZoneFinder } from '../../../src/backup/foreign/zone-finder.js';
import { readArchiveHead } from '../../../src/dump/archive-head.js';

const int = (value: number) => Buffer.from([0, value & 0xff, value >> 8, 0, 0]);
const text = (value: string) => Buffer.concat([int(value.length), Buffer.from(value)]);

/** As `WriteHead` of pg_backup_archiver.c, taken at 2026-11-22 03:04:05. */
function archive(minor: number, format: number): Buffer {
  const compression = minor >= 15 ? Buffer.from([1]) : int(6);
  const moment = [5, 4, 3, 22, 10, 126, 0].map(int);
  const texts = ['orders', '15.18 (Debian 15.18-0+deb12u1)', '15.18'].map(text);
  return Buffer.concat([
    Buffer.from('PGDMP'),
    Buffer.from([1, minor, 0, 4, 8, format]),
    compression,
    ...moment,
    ...texts,
  ]);
}

test.each([14, 15, 16])('the head of an archive of version 1.%i says database, moment and versions', (minor) => {
  expect(readArchiveHead(archive(minor, 1))).toEqual({
    version: [1, minor],
    format: 'custom',
    createdAt: '2026-11-22T03:04:05.000Z',
    database: 'orders',
    serverVersion: '15.18 (Debian 15.18-0+deb12u1)',
    dumpVersion: '15.18',
  });
});

test('a head that is cut off, or has a text longer than itself, is none', () => {
  const whole = archive(14, 1);
  for (let length = 0; length < whole.length; length++)
    expect(readArchiveHead(whole.subarray(0, length))).toBeUndefined();
  const endless = Buffer.from(whole);
  endless.writeUInt32LE(0xffffff, whole.indexOf('orders') - 4);
  expect(readArchiveHead(endless)).toBeUndefined();
});

test.each<readonly [string, Buffer | string, string]>([
  ['nothing', '', 'is empty'],
  ['a letter', 'Dear Holdfast,\n', 'is no dump'],
  ['the output of pg_dumpall', '--\n-- PostgreSQL database cluster dump\n--\n', 'is the output of pg_dumpall'],
  [
    'the output of pg_dumpall whose first database begins soon',
    '--\n-- PostgreSQL database cluster dump\n--\nCREATE ROLE a;\n--\n-- PostgreSQL database dump\n--\n',
    'is the output of pg_dumpall',
  ],
  ['a dump behind a byte order mark', '\ufeff--\n-- PostgreSQL database dump\n--\n', 'is text with a byte order mark'],
  ['Windows line ends', '--\r\n-- PostgreSQL database dump\r\n--\r\n', 'is a dump with Windows line ends'],
  [
    'messages before a dump',
    'pg_dump: warning: there are circular foreign-key constraints\n--\n-- PostgreSQL database dump\n--\n',
    'begins with what pg_dump does not write into a dump, "pg_dump: warning: there',
  ],
  ['UTF-16', Buffer.from('\ufeff--\n-- PostgreSQL database dump\n', 'utf16le'), 'is text in UTF-16'],
  ['a byte order mark', Buffer.from('\ufeff--\n-- hello\n'), 'is text with a byte order mark'],
  ['a dump of MySQL', '-- MySQL dump 10.13  Distrib 8.0.36\n', 'is a dump of MySQL'],
  ['a ZIP archive', Buffer.from('504b0304', 'hex'), 'is a ZIP archive'],
  ['xz', Buffer.from('fd377a585a0000', 'hex'), 'is compressed by xz or bzip2'],
  ['a table of contents alone', archive(14, 3), 'is the table of contents of a dump in directory or tar format'],
  ['an archive from before 9.0', archive(10, 1), 'is an archive of pg_dump with a head'],
])('%s is refused, and called what it is', (_what, bytes, words) => {
  const head = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
  expect(() => recognize(head, 'x.sql')).toThrow(
    expect.objectContaining({ code: 'DUMP_UNRECOGNIZED', message: expect.stringContaining(words) as string }),
  );
});

test('a plain dump is one also where somebody has put lines before its title', () => {
  expect(recognize(Buffer.from('-- nightly\n--\n-- PostgreSQL database dump\n--\n'), 'x')).toEqual({ kind: 'plain' });
  expect(recognize(gzipSync('x'), 'x')).toEqual({ kind: 'compressed', compression: 'gzip' });
});

test('the header of a member of a tar counts only with its checksum', () => {
  const block = Buffer.alloc(512);
  block.write('folder/toc.dat', 0);
  block.write('00000000144', 124);
  block.write('0', 156);
  block.write('ustar\0', 257);
  let sum = 8 * 0x20;
  for (const byte of block) sum += byte;
  block.write(sum.toString(8).padStart(6, '0') + '\0 ', 148);
  expect(readTarHeader(block)).toEqual({ name: 'folder/toc.dat', size: 100, type: '0', ofPgDump: false });
  block.write('1', 135);
  expect(readTarHeader(block)).toBeUndefined();
});

async function inflated(pieces: number, bytes: number, limits: Partial<typeof DEFAULT_LIMITS>): Promise<number> {
  let passed = 0;
  const source = (async function* () {
    for (let piece = 0; piece < pieces; piece++) yield await Promise.resolve(Buffer.alloc(1 << 20));
  })();
  const within = withinLimits(source, { name: 'x.gz', read: () => bytes, limits: { ...DEFAULT_LIMITS, ...limits } });
  for await (const piece of within) passed += piece.length;
  return passed;
}

test('what inflates beyond the ratio or the size is stopped there, saying which limit it was', async () => {
  await expect(inflated(100, 1 << 20, {})).resolves.toBe(100 << 20);
  await expect(inflated(300, 1 << 20, {})).rejects.toMatchObject({
    code: 'DUMP_TOO_LARGE',
    message: expect.stringMatching(
      /1\.0 MB of it have become 21\d MB, more than 200 times as much.*--max-ratio/,
    ) as string,
  });
  await expect(inflated(3, 1 << 30, { maxBytes: 2 << 20 })).rejects.toMatchObject({
    message: expect.stringContaining('more than 2.1 MB of plain SQL, the limit (--max-size)') as string,
  });
});

function zoneOf(...times: string[]): ReturnType<ZoneFinder['finish']> {
  const finder = new ZoneFinder();
  finder.table('CREATE TABLE public.t (\n    id integer,\n    at timestamp(3) with time zone NOT NULL\n);');
  finder.copy('COPY public.t (id, at) FROM stdin;');
  const rows = Buffer.from(times.map((time, id) => `${id}\t${time}\n`).join(''));
  finder.rows(rows, 0, rows.length);
  return finder.finish();
}

test('the time zone of a dump is the one that explains all offsets in its rows', () => {
  expect(zoneOf()).toEqual({ zone: 'UTC', seen: false });
  expect(zoneOf('2024-01-05 12:00:00+00', '\\N', 'infinity', '2024-07-05 12:00:00.5+00')).toEqual({
    zone: 'UTC',
    seen: true,
  });
  expect(zoneOf('2024-01-05 12:00:00+01', '2024-07-05 12:00:00+02')).toEqual({ zone: 'Europe/Berlin', seen: true });
  expect(zoneOf('2024-01-05 12:00:00+00', '2024-07-05 12:00:00+01')).toEqual({ zone: 'Europe/London', seen: true });
  expect(zoneOf('2024-01-05 12:00:00+05:45')).toEqual({ zone: 'Asia/Katmandu', seen: true });
  expect(zoneOf('2024-01-05 12:00:00+01', '2024-01-05 12:00:00+09')).toEqual({ zone: 'UTC', seen: false });
});

test('a time in a text column says nothing about the zone', () => {
  const finder = new ZoneFinder();
  finder.table('CREATE TABLE public.t (\n    note text\n);');
  finder.copy('COPY public.t (note) FROM stdin;');
  finder.rows(Buffer.from('2024-01-05 12:00:00+09\n'), 0, 23);
  expect(finder.finish()).toEqual({ zone: 'UTC', seen: false });
});
