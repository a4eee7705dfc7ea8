/** What a restore of definitions, with or without their rows, makes of the chosen entries. */
import type { Manifest } from '../../../vault/formats/manifest.js';
import { quoteIdentifier } from '../../../syntax/sql/identifiers.js';
import { requireNoCollision } from './collisions.js';
import type { Decision, Ground } from './decision.js';
import { resolveNeeds } from './needs.js';
import type { OutlineEntry } from './outline-entry.js';
import { requireUnambiguous, staleMentions, STAYS } from './rename.js';
import { choosesAll, type Selection } from './selection.js';

/**
 * @param outline all entries of the dump
 * @throws HoldfastError TARGET_LACKS, TARGET_COLLISION
 */
export function planDefinitions(
  outline: readonly OutlineEntry[],
  { extensions }: Pick<Manifest, 'extensions'>,
  selection: Selection,
  ground: Ground & { readonly omitted: ReadonlySet<OutlineEntry> },
): Decision {
  const { choice, renamer, target, describeTarget, omitted } = ground;
  const schemas = schemaEntries(outline, selection, ground);
  const chosen = [...schemas.entries.filter((entry) => !omitted.has(entry)), ...choice.entries];
  const needs = choosesAll(selection)
    ? { entries: chosen, leftOut: [], fromTarget: [] }
    : resolveNeeds(chosen, { choice, target, extensions, moves: renamer !== STAYS, describeTarget });
  const entries = [...needs.entries].sort((a, b) => a.ordinal - b.ordinal);
  if (renamer !== STAYS) requireUnambiguous(entries, choice);
  requireNoCollision(entries, { target, renamer, describeTarget });
  return {
    ...needs,
    entries,
    omitted: schemas.entries.filter((entry) => omitted.has(entry)),
    loaded: [],
    before: schemas.before,
    after: [],
    notes: [...schemas.notes, ...(renamer === STAYS ? [] : staleMentions(entries, choice))],
  };
}

/**
 * A schema that the target does not have is created as it was, with its owner, comment and grants. An existing one
 * stays as it is.
 */
function schemaEntries(
  outline: readonly OutlineEntry[],
  selection: Selection,
  { choice, target }: Ground,
): {
  readonly entries: readonly OutlineEntry[];
  readonly before: readonly string[];
  readonly notes: readonly string[];
} {
  if (choosesAll(selection)) return { entries: [], before: [], notes: [] };
  const { intoSchema } = selection;
  const own = new Set(choice.entries.flatMap(({ header }) => (header.schema === null ? [] : [header.schema])));
  for (const schema of selection.schemas) own.add(schema);
  const of = (schema: string) =>
    outline.filter(
      ({ header }) =>
        (header.schema === null && header.type === 'SCHEMA' && header.name === schema) ||
        (header.schema === null && isTagOfSchema(header.name, schema)) ||
        (header.type === 'DEFAULT ACL' && header.schema === schema && selection.schemas.includes(schema)),
    );
  if (intoSchema === undefined) {
    const missing = [...own].filter((schema) => !target.schemas.has(schema));
    const entries = missing.flatMap(of);
    const made = entries.flatMap(({ header: { type, name } }) => (type === 'SCHEMA' ? [name] : []));
    const unasked = made.filter((name) => !selection.schemas.includes(name));
    const notes = unasked.map(
      (name) => `Creates the schema ${name}, which the target does not have, as in the backup.`,
    );
    return { entries, before: [], notes };
  }
  if (target.schemas.has(intoSchema)) return { entries: [], before: [], notes: [] };
  // Grants and comment of one schema can go with it; those of several would be mixed.
  const [only, ...others] = selection.schemas;
  const moved = only !== undefined && others.length === 0 && own.size === 1 ? of(only) : [];
  const made = moved.some(({ header }) => header.type === 'SCHEMA');
  return {
    entries: moved,
    before: made ? [] : [`CREATE SCHEMA ${quoteIdentifier(intoSchema)};`],
    notes: made ? [] : [`Creates the schema ${intoSchema}, owned by the restoring role.`],
  };
}

/** `SCHEMA app`, with the name quoted where it must be: the tag of a grant or comment. */
function isTagOfSchema(tag: string, schema: string): boolean {
  return tag === `SCHEMA ${schema}` || tag === `SCHEMA ${quoteIdentifier(schema)}`;
}
