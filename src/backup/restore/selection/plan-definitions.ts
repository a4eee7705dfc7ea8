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
  { extensions, server }: Pick<Manifest, 'extensions' | 'server'>,
  selection: Selection,
  ground: Ground & { readonly omitted: ReadonlySet<OutlineEntry> },
): Decision {
  const { choice, renamer, target, describeTarget, omitted } = ground;
  const schemas = schemaEntries(outline, selection, { ...ground, sourceVersionNum: server.versionNum });
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
  { choice, target, owners, sourceVersionNum }: Ground & { readonly sourceVersionNum: number },
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
    const unasked = missing.filter((name) => !selection.schemas.includes(name));
    const notes = unasked.map(
      (name) => `Creates the schema ${name}, which the target does not have, as in the backup.`,
    );
    const isMade = entries.some(({ header, makesSchema }) => makesSchema && header.name === 'public');
    const isOwned = entries.some(({ header }) => header.type === 'SCHEMA' && header.name === 'public');
    const before =
      missing.includes('public') && !isMade
        ? initialPublic(sourceVersionNum, !isOwned && owners && target.givesToDatabaseOwner)
        : [];
    return { entries, before, notes };
  }
  if (target.schemas.has(intoSchema)) return { entries: [], before: [], notes: [] };
  // Grants and comment of one schema can go with it; those of several would be mixed.
  const [only, ...others] = selection.schemas;
  const moved = only !== undefined && others.length === 0 && own.size === 1 ? of(only) : [];
  const made = moved.some(({ makesSchema }) => makesSchema);
  const owned = moved.some(({ header }) => header.type === 'SCHEMA');
  const entries = moved.filter(({ isOfInitialPublic }) => !isOfInitialPublic);
  // What a dump says of `public` without a word about its owner is its owner's.
  const isInitial = entries.length > 0 && !owned && only === 'public' && sourceVersionNum >= 150_000;
  const givenAway = isInitial && owners && target.givesToDatabaseOwner;
  const create = `CREATE SCHEMA ${quoteIdentifier(intoSchema)};`;
  const give = `ALTER SCHEMA ${quoteIdentifier(intoSchema)} OWNER TO pg_database_owner;`;
  return {
    entries,
    before: made ? [] : givenAway ? [create, give] : [create],
    notes: owned || givenAway ? [] : [`Creates the schema ${intoSchema}, owned by the restoring role.`],
  };
}

/** `SCHEMA app`, with the name quoted where it must be: the tag of a grant or comment. */
function isTagOfSchema(tag: string, schema: string): boolean {
  return tag === `SCHEMA ${schema}` || tag === `SCHEMA ${quoteIdentifier(schema)}`;
}

/** As a new database has it: a dump only says what was changed of it. */
function initialPublic(versionNum: number, givenToOwner: boolean): string[] {
  const owner = versionNum >= 150_000 && givenToOwner ? ['ALTER SCHEMA public OWNER TO pg_database_owner;'] : [];
  const usage = versionNum >= 150_000 ? 'USAGE' : 'ALL';
  return [
    'CREATE SCHEMA public;',
    ...owner,
    `GRANT ${usage} ON SCHEMA public TO PUBLIC;`,
    "COMMENT ON SCHEMA public IS 'standard public schema';",
  ];
}
