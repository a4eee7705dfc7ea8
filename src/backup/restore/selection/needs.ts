/** What chosen definitions need that is not chosen: taken from the target, left out, or a reason to refuse. */
import { HoldfastError } from '../../../core/errors.js';
import { quoteIdentifier } from '../../../syntax/sql/identifiers.js';
import type { Choice } from './choose-entries.js';
import type { Manifest } from '../../../vault/formats/manifest.js';
import type { Decision, LeftOut } from './decision.js';
import { constraintName, isData, type OutlineEntry } from './outline-entry.js';
import { formatObjectName, keyOf, type ObjectName } from './selection.js';
import type { TargetObjects } from './target-objects.js';

type Extension = Pick<Manifest['extensions'][number], 'name' | 'schema'>;

interface NeedsOptions {
  readonly choice: Choice;
  /** Of the backup: their members are in no dump. */
  readonly extensions: readonly Extension[];
  readonly target: TargetObjects;
  /** Whether the selection goes to another schema: then nothing in it is tied to tables that stay. */
  readonly moves: boolean;
  readonly describeTarget: string;
}

/**
 * A table can exist without these: they tie it to others. Anything else whose needs are not met is a reason to refuse,
 * because the copy would not be what was backed up (a table without a column, rows without their policy).
 */
const TIES: ReadonlySet<string> = new Set([
  'FK CONSTRAINT',
  'TRIGGER',
  'TABLE ATTACH',
  'INDEX ATTACH',
  'SEQUENCE OWNED BY',
  'STATISTICS',
]);
/** Ties that make the copy a part of a table that stays: its rows would be seen there. */
const PART_OF_OTHERS: ReadonlySet<string> = new Set(['TABLE ATTACH', 'INDEX ATTACH', 'SEQUENCE OWNED BY']);
/** Definitions without queries, where everything that looks like a name is one. */
const WITHOUT_ALIASES: ReadonlySet<string> = new Set([
  'TABLE',
  'FOREIGN TABLE',
  'DEFAULT',
  'CONSTRAINT',
  'CHECK CONSTRAINT',
  'FK CONSTRAINT',
  'INDEX',
  'TYPE',
  'DOMAIN',
  'SEQUENCE',
]);

/** @throws HoldfastError TARGET_LACKS with each definition and what it needs */
export function resolveNeeds(
  entries: readonly OutlineEntry[],
  options: NeedsOptions,
): Pick<Decision, 'entries' | 'leftOut' | 'fromTarget'> {
  const { choice, target, moves, extensions } = options;
  const lackingExtensions = new Map<string, Extension>();
  const kept: OutlineEntry[] = [];
  const leftOut: LeftOut[] = [];
  const fromTarget = new Map<string, ObjectName>();
  const lacking: string[] = [];
  // Whether anything else than an extension is missing.
  let others = false;
  for (const entry of entries) {
    const needs = needsOf(entry, options);
    const missing = needs.filter((name) => !target.spaces.has(keyOf(name)));
    const { type } = entry.header;
    if (moves && needs.length > 0 && PART_OF_OTHERS.has(type)) {
      leftOut.push({ entry, reason: `${namesOf(needs)} stays in its schema` });
    } else if (missing.length > 0 && TIES.has(type)) {
      leftOut.push({ entry, reason: `the target has no ${namesOf(missing)}` });
    } else if (missing.length > 0) {
      const ofExtensions = missing.filter((name) => !choice.known.has(keyOf(name)));
      const absent = absentExtensions(ofExtensions, extensions, target);
      for (const extension of absent) lackingExtensions.set(extension.name, extension);
      const whose = absent.length === 0 ? '' : `, of ${describeExtensions(absent, target)}`;
      lacking.push(`${describeEntry(entry)} needs ${namesOf(missing)}${whose}`);
      others ||= missing.length > ofExtensions.length || absent.length === 0;
    } else {
      const inherited = moves ? entry.inherits.filter((name) => !choice.objects.has(keyOf(name))) : [];
      if (inherited.length > 0) {
        lacking.push(
          `${describeEntry(entry)} inherits from ${namesOf(inherited)}, which would then show its rows twice`,
        );
        others = true;
      }
      kept.push(entry);
      for (const name of needs) fromTarget.set(keyOf(name), name);
    }
  }
  if (lacking.length > 0) {
    const more = lacking.length > 20 ? `\n- and ${lacking.length - 20} more` : '';
    throw new HoldfastError(
      'TARGET_LACKS',
      `The selection needs what is neither selected nor in ${options.describeTarget}:\n- ${lacking.slice(0, 20).join('\n- ')}${more}`,
      {
        hint: hintFor([...lackingExtensions.values()], others),
        details: { problems: lacking.map((message) => ({ message })) },
      },
    );
  }
  const dependent = kept.filter((entry) => dependsOn(entry, leftOut, choice));
  return {
    entries: kept.filter((entry) => !dependent.includes(entry)),
    leftOut: [...leftOut, ...dependent.map((entry) => ({ entry, reason: 'what it is about is left out' }))],
    fromTarget: [...fromTarget.values()],
  };
}

/** What extensions of the backup the missing names can be of: those in their schemas that the target does not have there. */
function absentExtensions(
  missing: readonly ObjectName[],
  extensions: readonly Extension[],
  target: TargetObjects,
): Extension[] {
  const schemas = new Set(missing.map(({ schema }) => schema));
  return extensions.filter(({ name, schema }) => schemas.has(schema) && target.extensions.get(name) !== schema);
}

function describeExtensions(extensions: readonly Extension[], target: TargetObjects): string {
  const names = extensions.map(({ name, schema }) => {
    const there = target.extensions.get(name);
    return there === undefined
      ? `${name}, which the target does not have`
      : `${name}, which the target has in the schema ${there} and the backup in ${schema}`;
  });
  return names.length === 1 ? `the extension ${names[0]}` : `one of the extensions ${names.join('; ')}`;
}

/** An extension is in no selection; `undefined` is the registry's hint, which is about what can be chosen. */
function hintFor(extensions: readonly Extension[], others: boolean): string | undefined {
  if (extensions.length === 0) return undefined;
  const statements = extensions.map(
    ({ name, schema }) => `CREATE EXTENSION ${quoteIdentifier(name)} WITH SCHEMA ${quoteIdentifier(schema)};`,
  );
  const create = `A selection brings no extension. Create it in the target first: ${statements.join(' ')}`;
  return others ? `${create} The rest: choose it too (--table, --schema), or create it in the target.` : create;
}

function needsOf({ header, names }: OutlineEntry, options: NeedsOptions): ObjectName[] {
  const { choice, extensions } = options;
  const extensionSchemas = new Set(extensions.map(({ schema }) => schema));
  // Rows go where their table is, including those that were dumped through a root that is not chosen.
  if (isData(header) || (header.schema === null && header.type !== 'SCHEMA')) return [];
  return names.filter((name) => {
    if (choice.objects.has(keyOf(name))) return false;
    if (choice.known.has(keyOf(name))) return true;
    return extensionSchemas.has(name.schema) && WITHOUT_ALIASES.has(header.type);
  });
}

/** A comment on a foreign key or trigger that is left out, or on statistics that are. */
function dependsOn({ header, subject }: OutlineEntry, leftOut: readonly LeftOut[], choice: Choice): boolean {
  if (header.type !== 'COMMENT' || !subject) return false;
  return leftOut.some(({ entry }) => {
    if (entry.defines.some((name) => keyOf(name) === keyOf(subject))) return true;
    if (!entry.subject || keyOf(choice.resolve(entry.subject)) !== keyOf(subject)) return false;
    const kind = entry.header.type === 'TRIGGER' ? 'TRIGGER' : 'CONSTRAINT';
    const name = constraintName(entry.header, entry.subject);
    const tags = [name, quoteIdentifier(name)].map((text) => `${kind} ${text} ON `);
    return tags.some((tag) => header.name.startsWith(tag));
  });
}

function namesOf(names: readonly ObjectName[]): string {
  return names.map(formatObjectName).join(', ');
}

/** `fk constraint shop.orders orders_customer_fkey`. */
export function describeEntry({ header }: Pick<OutlineEntry, 'header'>): string {
  return `${header.type.toLowerCase()} ${header.schema === null ? '' : `${header.schema}.`}${header.name}`;
}
