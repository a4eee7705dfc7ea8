/** Collects what the parser reports about a dump: its entries, for storing, and the roles that it refers to. */
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { DumpObserver } from '../../dump/dump-reader.js';
import type { Entry } from '../../dump/entry.js';
import { rolesIn } from '../../dump/role-references.js';
import { IDENTIFIER, unquoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { EntryRecord } from '../../vault/formats/entries.js';
import type { LinesWriter } from '../../vault/formats/lines-writer.js';
import { VolumeTally } from '../stored/volume.js';

export interface EntryCollector {
  readonly observer: DumpObserver;
  /** Hands over the entries that have come since the last call; returns nothing to wait for when there are none. */
  drainTo(writer: LinesWriter<EntryRecord>): Promise<void> | undefined;
  /** Sorted. */
  roles(): string[];
  /** The tables so far. */
  readonly tables: VolumeTally;
}

export function collectEntries(): EntryCollector {
  let entries: Entry[] = [];
  const roles = new Set<string>();
  const tables = new VolumeTally();
  return {
    drainTo(writer) {
      if (entries.length === 0) return undefined;
      const batch = entries;
      entries = [];
      return writeAll(writer, batch);
    },
    roles: () => [...roles].sort(),
    tables,
    observer: {
      entry: (entry) => {
        entries.push(entry);
        tables.add(entry);
        if (entry.owner !== null) roles.add(entry.owner);
      },
      statement: (text, header, decode) => {
        if (header?.type === 'INDEX') requireItsOwnDefinition(header.name, decode(text));
        if (!header || !isAboutRoles(header.type)) return;
        for (const role of rolesIn(header, decode(text))) roles.add(role);
      },
    },
  };
}

const INDEX_DEFINITION = new RegExp(`^CREATE (?:UNIQUE )?INDEX (${IDENTIFIER}) ON `);

/**
 * The header has the name from pg_dump's snapshot, the definition the one that the index has when the server is asked
 * for it. REINDEX CONCURRENTLY calls the index by another name before it drops it, and pg_dump keeps nobody from either.
 *
 * @throws HoldfastError DUMP_OVERTAKEN
 */
function requireItsOwnDefinition(name: string, statement: string): void {
  const [, defined] = INDEX_DEFINITION.exec(statement) ?? [];
  // pg_dump writes a space for a line break in a header's name.
  if (defined === undefined || unquoteIdentifier(defined).replace(/[\r\n]/g, ' ') === name) return;
  throw new HoldfastError(
    'DUMP_OVERTAKEN',
    `The dump defines the index ${quoted(name)} under the name ${defined}, which it was given meanwhile.`,
  );
}

async function writeAll(writer: LinesWriter<EntryRecord>, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) await writer.write(entry);
}

function isAboutRoles(type: string): boolean {
  return type === 'ACL' || type === 'DEFAULT ACL' || type === 'POLICY' || type === 'USER MAPPING';
}
