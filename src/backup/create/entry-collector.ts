/** Collects what the parser reports about a dump: its entries, for storing, and the roles that it refers to. */
import type { DumpObserver } from '../../dump/dump-reader.js';
import type { Entry } from '../../dump/entry.js';
import { rolesIn } from '../../dump/role-references.js';
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
        if (!header || !isAboutRoles(header.type)) return;
        for (const role of rolesIn(header, decode(text))) roles.add(role);
      },
    },
  };
}

async function writeAll(writer: LinesWriter<EntryRecord>, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) await writer.write(entry);
}

function isAboutRoles(type: string): boolean {
  return type === 'ACL' || type === 'DEFAULT ACL' || type === 'POLICY' || type === 'USER MAPPING';
}
