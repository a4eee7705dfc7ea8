/** The tablespaces of a backup: a dump names them but does not create them, so the server must have them. */
import { DumpReader } from '../../dump/dump-reader.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { IDENTIFIER, unquoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { ParsedGlobals } from '../../postgres/parsed-globals.js';
import type { BackupContext } from '../operation/context.js';
import { readDump } from '../stored/read-verified.js';
import type { StoredBackup } from '../stored/stored-backup.js';
import { missingError } from './target-checks.js';

/** The tablespaces of the server that was backed up, whether or not anything in the dump is in them. */
export function tablespaceNames(globals: ParsedGlobals): string[] {
  return globals.tablespaces.flatMap(({ tablespace, kind }) => (kind === 'create' ? [tablespace] : []));
}

/**
 * Refuses a server without the tablespaces that the dump uses. If any of the source's are missing, the dump is read
 * once to find those that it uses: an index in one comes after all rows, so a restore would fail when it is nearly
 * done.
 *
 * @param access to any database of the server
 * @throws HoldfastError PREFLIGHT_FAILED; OBJECT_CORRUPT, DUMP_TRUNCATED … of the dump; the signal's error
 */
export async function requireTablespaces(
  access: DatabaseAccess,
  stored: StoredBackup,
  globals: ParsedGlobals,
  context: BackupContext,
): Promise<void> {
  const lacking = await findLacking(access, tablespaceNames(globals), context.signal);
  if (lacking.size === 0) return;
  const used = await readUsed(stored, context);
  const missing = [...lacking].filter((name) => used.has(name));
  if (missing.length === 0) return;
  const statements = globals.tablespaces
    .filter(({ tablespace, kind }) => kind === 'create' && missing.includes(tablespace))
    .map(({ text }) => text);
  throw missingError(
    'tablespace',
    missing,
    `The backup uses tablespaces that the server of ${access.describe()} does not have`,
    `A restore can do without: --no-tablespaces. Or create them first, each in an empty directory that belongs to the server's user. The source had: ${statements.join(' ')}`,
  );
}

const SET_DEFAULT = new RegExp(`^SET default_tablespace = (${IDENTIFIER});`);

async function findLacking(
  access: DatabaseAccess,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const client = await access.connect({ signal });
  try {
    const { rows } = await client.query<{ name: string }>(
      'SELECT spcname::pg_catalog.text AS name FROM pg_catalog.pg_tablespace',
    );
    const there = new Set(rows.map(({ name }) => name));
    return new Set(names.filter((name) => !there.has(name)));
  } finally {
    await client.end();
  }
}

async function readUsed(stored: StoredBackup, context: BackupContext): Promise<Set<string>> {
  const used = new Set<string>();
  const reader = new DumpReader({
    statement: (text, _header, decode) => {
      // The statement is short; longer ones may be pieces of large objects.
      if (text.length > 1_000) return;
      const name = SET_DEFAULT.exec(decode(text))?.[1];
      if (name !== undefined) used.add(unquoteIdentifier(name));
    },
  });
  await readDump(stored, reader, context);
  return used;
}
