/** What kind of file a dump is, by its first bytes: a name promises nothing. */
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { ARCHIVE_HEAD_BYTES, readArchiveHead, type ArchiveHead } from '../../dump/archive-head.js';
import type { ForeignCompression } from '../../syntax/compression.js';
import { readTarHeader, TAR_BLOCK, type TarHeader } from './tar.js';

/** How many bytes are looked at. */
export const HEAD_BYTES = 2 * TAR_BLOCK + ARCHIVE_HEAD_BYTES;

export type Recognized =
  | { readonly kind: 'compressed'; readonly compression: Exclude<ForeignCompression, 'none'> }
  | { readonly kind: 'plain' }
  | { readonly kind: 'archive'; readonly format: 'custom' | 'tar'; readonly head: ArchiveHead }
  /** A folder of pg_dump's in a tar of somebody's. */
  | { readonly kind: 'tarred' };

const COMPRESSED: ReadonlyArray<readonly [magic: string, compression: Exclude<ForeignCompression, 'none'>]> = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
  ['04224d18', 'lz4'],
];

const TITLE = '-- PostgreSQL database dump\n';

/** What people take for a dump, with what to do about it. */
const OTHERS: ReadonlyArray<readonly [pattern: RegExp, what: string, hint?: string]> = [
  [/^.{0,200}-- PostgreSQL database cluster dump/s, 'the output of pg_dumpall, with all databases of a server', 'Dump each database by itself: `holdfast backup`, or pg_dump.'],
  [/^(?:\xff\xfe|\xfe\xff)/, 'text in UTF-16, as PowerShell writes what is redirected with >', 'Convert it: iconv -f UTF-16 -t UTF-8. If the database held anything but ASCII, what was lost in between stays lost.'],
  [/^\xef\xbb\xbf/, 'text with a byte order mark, which pg_dump does not write', 'Remove its first three bytes: tail -c +4.'],
  [/^.{0,200}-- MySQL dump|^.{0,200}-- MariaDB dump/s, 'a dump of MySQL'],
  [/^SQLite format 3/, 'a database of SQLite'],
  [/^PK\x03\x04/, 'a ZIP archive', 'Unpack it, and give the file inside.'],
  [/^\xfd7zXZ|^BZh/, 'compressed by xz or bzip2', 'Decompress it into a pipe: xz -dc FILE | holdfast import - …, or bzip2 -dc.'],
  [/^age-encryption\.org|^-----BEGIN (?:PGP|AGE)/, 'encrypted', 'Decrypt it into a pipe: … | holdfast import - …'],
  [/^.{0,200}-- PostgreSQL database dump\r/s, 'a dump with Windows line ends, as a text editor or a transfer in text mode writes them', 'They have changed its data, too: use the original.'],
  [/^PGDMP/, "an archive of pg_dump with a head that no pg_dump since PostgreSQL 9.0 writes"],
]; // prettier-ignore

/**
 * @param name of the file, for messages
 * @throws HoldfastError DUMP_UNRECOGNIZED, saying what it is instead where that is known
 */
export function recognize(head: Buffer, name: string): Recognized {
  if (head.length === 0)
    throw unrecognized(name, 'is empty', 'Whatever wrote it failed: find out why, and dump again.');
  const compression = COMPRESSED.find(([magic]) =>
    head.subarray(0, magic.length / 2).equals(Buffer.from(magic, 'hex')),
  );
  if (compression) return { kind: 'compressed', compression: compression[1] };
  const archive = readArchiveHead(head);
  if (archive?.format === 'custom') return { kind: 'archive', format: 'custom', head: archive };
  if (archive) {
    const hint = 'Give the folder that it is in.';
    throw unrecognized(name, `is the table of contents of a dump in directory or tar format, without the rest`, hint);
  }
  const member = readTarHeader(head);
  if (member) return recognizeTar(member, head, name);
  const text = head.toString('latin1');
  // Before the title: a dump of all databases holds it, and so does one behind a byte order mark.
  const other = OTHERS.find(([pattern]) => pattern.test(text));
  if (other) throw unrecognized(name, `is ${other[1]}`, other[2]);
  const title = text.indexOf(TITLE);
  const line = title < 0 ? undefined : text.slice(0, title).split('\n').find(isNoSql);
  if (line !== undefined) {
    const hint =
      'Messages of a program have come into the file, as with 2>&1. Others may be among its rows, so dump again with the messages elsewhere; if these are the only ones, remove them.';
    throw unrecognized(name, `begins with what pg_dump does not write into a dump, ${quoted(line.slice(0, 80))}`, hint); // prettier-ignore
  }
  if (title >= 0) return { kind: 'plain' };
  const isText = !/[\x00-\x08\x0e-\x1f]/.test(text);
  throw unrecognized(
    name,
    `is no dump: its first ${head.length} bytes are not what pg_dump writes`,
    isText ? undefined : NOT_TEXT,
  );
}

/** Comments, commands and statements are judged by the reader of dumps. */
function isNoSql(line: string): boolean {
  return line.trim() !== '' && !/^(?:--|\\)|;\s*$/.test(line);
}

const NOT_TEXT = 'It may be encrypted, damaged, or in a format that Holdfast does not read.';

/** The table of contents of a folder says that it is one of a tar, too. */
function recognizeTar(member: TarHeader, head: Buffer, name: string): Recognized {
  if (!member.ofPgDump || member.name !== 'toc.dat') return { kind: 'tarred' };
  const archive = readArchiveHead(head.subarray(TAR_BLOCK));
  if (archive?.format === 'tar') return { kind: 'archive', format: 'tar', head: archive };
  throw unrecognized(name, 'is a tar whose toc.dat is not what pg_dump writes');
}

export function unrecognized(name: string, fault: string, hint?: string): HoldfastError {
  return new HoldfastError('DUMP_UNRECOGNIZED', `${quoted(name)} ${fault}.`, { ...(hint !== undefined && { hint }) });
}
