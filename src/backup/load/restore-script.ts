/**
 * Turns a dump, as it is read, into the SQL for psql that restores it in one transaction.
 *
 * Left out: comments, psql commands (the reader has refused all but pg_dump's own), the BEGIN and COMMIT around large
 * objects (the COMMIT would end our transaction in the middle), and what the target does not accept.
 */
import type { DumpObserver } from '../../dump/dump-reader.js';
import type { EntryHeader } from '../../dump/entry-header.js';
import { parseOwner } from '../../dump/statement.js';
import type { Decode } from '../../dump/text-encoding.js';

export interface RestoreScriptOptions {
  /** Whether objects get their owners back. @default true */
  readonly owners?: boolean;
  /** Whether the comments on extensions are restored, which only an extension's owner may. @default true */
  readonly extensionComments?: boolean;
  /** Whether objects go into the tablespaces that they were in. @default true */
  readonly tablespaces?: boolean;
  /** Gets each statement of a grant, and of default privileges, as it is written, with its entry's owner. */
  readonly onGrant?: ((text: string, owner: string | null) => void) | undefined;
  /** Gets each statement that makes a table or an index a partition, whichever entry it is in. */
  readonly onAttach?: ((text: string) => void) | undefined;
  /** Told of each statement before it is written, with a line break after it. */
  readonly onStatement?: ((text: Buffer, header: EntryHeader | undefined, decode: Decode) => void) | undefined;
}

/** A setting that pg_dump begins with, except the two that psql has to be told of too. */
const SETTING = /^SET (?!client_encoding |standard_conforming_strings )(\w+) = (?:'([\w .,-]*)'|(\w+));$/;

/** With a choice of schemas pg_dump creates even `public`, which every new database has. */
const CREATE_PUBLIC = 'CREATE SCHEMA public;';
const IF_NOT_EXISTS = Buffer.from('CREATE SCHEMA IF NOT EXISTS public;');

const NEWLINE = Buffer.from('\n');

/**
 * @param write takes the pieces in order; they may be slices of the chunk that is being read
 * @returns what to give to the reader of the dump
 */
export function restoreScript(
  options: RestoreScriptOptions,
  write: (piece: Buffer) => void,
): Required<Pick<DumpObserver, 'statement' | 'rows'>> {
  return {
    statement: (text, header, decode) => {
      if (isLeftOut(text, header, options, decode)) return;
      if (header?.type === 'ACL' || header?.type === 'DEFAULT ACL') options.onGrant?.(decode(text), header.owner);
      if (options.onAttach && isAttachment(text)) options.onAttach(decode(text));
      const written = !header ? setIfKnown(text) : isPublicSchema(text, header) ? IF_NOT_EXISTS : text;
      options.onStatement?.(written, header, decode);
      write(written);
      write(NEWLINE);
    },
    rows: (chunk, start, end) => write(chunk.subarray(start, end)),
  };
}

/** pg_dump sets what its own major knows, such as a timeout: an older server is asked whether it has such a setting. */
function setIfKnown(text: Buffer): Buffer {
  const [, name, string, word] = SETTING.exec(text.toString('latin1')) ?? [];
  if (name === undefined) return text;
  const value = string ?? word ?? '';
  return Buffer.from(
    `SELECT pg_catalog.set_config(name, '${value}', false) FROM pg_catalog.pg_settings WHERE name = '${name}';`,
  );
}

function isAttachment(text: Buffer): boolean {
  return /^ALTER (?:TABLE|INDEX) /.test(text.toString('latin1', 0, 12)) && text.includes(' ATTACH PARTITION ');
}

function isLeftOut(
  text: Buffer,
  header: EntryHeader | undefined,
  options: RestoreScriptOptions,
  decode: Decode,
): boolean {
  const start = text.toString('latin1', 0, 64);
  if (options.tablespaces === false && start.startsWith('SET default_tablespace = ')) return !start.endsWith(" = '';");
  if (!header) return false;
  if (header.type === 'BLOBS') return start === 'BEGIN;' || start === 'COMMIT;';
  if (options.extensionComments === false && header.type === 'COMMENT' && start.startsWith('COMMENT ON EXTENSION ')) {
    return true;
  }
  return options.owners === false && start.startsWith('ALTER ') && parseOwner(decode(text)) === header.owner;
}

function isPublicSchema(text: Buffer, header: EntryHeader | undefined): boolean {
  return header?.type === 'SCHEMA' && text.length === CREATE_PUBLIC.length && text.toString('latin1') === CREATE_PUBLIC;
}
