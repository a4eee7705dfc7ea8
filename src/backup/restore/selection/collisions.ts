/** Where a selection would create what the target already has. */
import type { ObjectsInTheWay } from '../../../core/error-details.js';
import { HoldfastError } from '../../../core/errors.js';
import type { OutlineEntry } from './outline-entry.js';
import type { Renamer } from './rename.js';
import { formatObjectName, keyOf, type ObjectName } from './selection.js';
import type { NameSpace, TargetObjects } from './target-objects.js';

const SPACES: Readonly<Record<string, NameSpace>> = {
  TABLE: 'relation',
  'FOREIGN TABLE': 'relation',
  VIEW: 'relation',
  'MATERIALIZED VIEW': 'relation',
  SEQUENCE: 'relation',
  INDEX: 'relation',
  CONSTRAINT: 'relation',
  TYPE: 'type',
  DOMAIN: 'type',
  COLLATION: 'other',
  STATISTICS: 'other',
  CONVERSION: 'other',
  'TEXT SEARCH CONFIGURATION': 'other',
  'TEXT SEARCH DICTIONARY': 'other',
  'TEXT SEARCH PARSER': 'other',
  'TEXT SEARCH TEMPLATE': 'other',
};
const ROUTINES: ReadonlySet<string> = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE']);
const SHOWN = 20;

/**
 * Operators and their classes are left to the server: their names say too little.
 *
 * @throws HoldfastError TARGET_COLLISION naming what exists, and when two chosen objects would get the same name
 */
export function requireNoCollision(
  entries: readonly OutlineEntry[],
  { target, renamer, describeTarget }: { target: TargetObjects; renamer: Renamer; describeTarget: string },
): void {
  const found = new Map<string, ObjectsInTheWay>();
  const made = new Map<string, string>();
  for (const entry of entries) {
    const { type } = entry.header;
    const space = SPACES[type];
    for (const name of space ? entry.defines : []) {
      const renamed = renamer.name(name);
      if (target.spaces.get(keyOf(renamed))?.has(space as NameSpace)) note(found, type, renamed);
      // An object may have several entries of one kind (a view that is created in two steps), but only one name.
      const key = `${space}\0${keyOf(renamed)}`;
      const before = made.get(key);
      if (before !== undefined && before !== keyOf(name)) note(found, type, renamed, ' of two schemas, both');
      made.set(key, keyOf(name));
    }
    if (!ROUTINES.has(type)) continue;
    const { schema, name } = renamer.header(entry.header);
    const routine = { schema: schema ?? '', name };
    if (target.routines.has(keyOf(routine))) note(found, type, routine);
  }
  if (found.size === 0) return;
  const problems = [...found.values()];
  const names = problems.map(({ message }) => message);
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  throw new HoldfastError(
    'TARGET_COLLISION',
    `Restoring into ${describeTarget}: it already has ${names.slice(0, SHOWN).join(', ')}${more}.`,
    { details: { problems } },
  );
}

function note(found: Map<string, ObjectsInTheWay>, type: string, name: ObjectName, words = ''): void {
  const kind = type.toLowerCase();
  const shown = formatObjectName(name);
  const message = `${kind}${words} ${shown}`;
  found.set(`${type}${words}\0${keyOf(name)}`, { kind, names: [shown], total: 1, message });
}
