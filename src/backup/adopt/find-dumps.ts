/** Which dumps a vault or another place holds that are no backups yet: by their keys alone. */
import { HoldfastError } from '../../core/errors.js';
import { DEFAULT_PREFIX, databasePrefix, parseBase, vaultPrefix } from '../../vault/keys.js';
import type { ObjectInfo, ObjectStore } from '../../vault/object-store.js';

export interface FoundDump {
  readonly database: string;
  readonly info: ObjectInfo;
  readonly takenAt: Date;
  /** What the keys of its backup begin with. */
  readonly base: string;
}

export interface FoundDumps {
  /** Without a manifest, oldest first. */
  readonly dumps: readonly FoundDump[];
  /** Dumps of the same second and database as another: the vault has one place for both. */
  readonly conflicts: readonly FoundDump[];
  /** The same where one of them has the manifest already: all of each such second. Only the manifest says whose it is. */
  readonly crowded: ReadonlyArray<readonly FoundDump[]>;
  /** How many dumps have a manifest already. */
  readonly known: number;
  /** What is in no layout that is known, or lies beside backups: the first keys, and how many. */
  readonly others: { readonly total: number; readonly keys: readonly string[] };
  /** How many objects were listed. */
  readonly listed: number;
}

const MOST_KEYS = 20;

/**
 * @param databases only these; empty for all
 * @param withManifests whether dumps that have one there are among them
 * @throws HoldfastError UNKNOWN_DATABASE for a name under which nothing is; VAULT_UNREADABLE, OBJECT_KEY_INVALID; the
 *   signal's error
 */
export async function findDumps(
  store: ObjectStore,
  databases: readonly string[],
  signal: AbortSignal | undefined,
  withManifests = false,
): Promise<FoundDumps> {
  const places = new Map<string, { dumps: FoundDump[]; manifest: boolean }>();
  const keys: string[] = [];
  let total = 0;
  let listed = 0;
  const prefixes = databases.length === 0 ? [vaultPrefix()] : databases.map((database) => databasePrefix(database));
  for (const [index, prefix] of prefixes.entries()) {
    const before = listed;
    for await (const info of store.list(prefix, signal)) {
      listed += 1;
      const parsed = parseBase(info.key);
      if (parsed?.prefix !== DEFAULT_PREFIX || parsed.object === undefined) {
        if (total++ < MOST_KEYS) keys.push(info.key);
        continue;
      }
      const { base, database, takenAt, object } = parsed;
      const place = places.get(base) ?? { dumps: [], manifest: false };
      places.set(base, place);
      if (object.role === 'manifest') place.manifest = true;
      if (object.role === 'dump') place.dumps.push({ database, info, takenAt, base });
    }
    const name = databases[index];
    if (name !== undefined && listed === before) {
      throw new HoldfastError('UNKNOWN_DATABASE', `Nothing is stored under ${prefix} in ${store.url}.`, {
        hint: 'Give the name as the keys have it, behind layer2/; without a name, all databases are looked at.',
      });
    }
  }
  const all = [...places.values()];
  const open = all.filter(({ manifest }) => withManifests || !manifest);
  const dumps = open.flatMap(({ dumps: [first] }) => (first ? [first] : []));
  dumps.sort((a, b) => a.takenAt.getTime() - b.takenAt.getTime() || (a.base < b.base ? -1 : 1));
  return {
    dumps,
    conflicts: open.flatMap(({ dumps: [, ...rest] }) => rest),
    crowded: all
      .filter((place) => !withManifests && place.manifest && place.dumps.length > 1)
      .map((place) => place.dumps),
    known: withManifests ? 0 : all.filter(({ manifest, dumps: [first] }) => manifest && first).length,
    others: { total, keys },
    listed,
  };
}
