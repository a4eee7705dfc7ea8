/** What was to be left out, and the rest needs: found before anything is changed. */
import type pg from 'pg';
import type { PreflightFinding } from '../../../core/error-details.js';
import { formatPlural } from '../../../core/amounts.js';
import type { Manifest } from '../../../vault/formats/manifest.js';
import { isData, type OutlineEntry } from '../selection/outline-entry.js';
import { keyOf, type ObjectName } from '../selection/selection.js';
import { readTargetObjects } from '../selection/target-objects.js';
import { describeSelected, type LeftOutGroup, type Placed } from './left-out.js';

interface Ground {
  readonly omitted: ReadonlySet<OutlineEntry>;
  readonly groups: readonly LeftOutGroup[];
  /** Of the backup. */
  readonly extensions: readonly Pick<Manifest['extensions'][number], 'name' | 'schema'>[];
  /** Of the target. */
  readonly installed: ReadonlySet<string>;
  /** Whether the database is yet to be made. */
  readonly create: boolean;
  readonly placed: Placed;
}

const MOST_NAMED = 5;

/**
 * Names that the target has by itself are no need. What a dump does not write down (a cast that an expression uses, the
 * default operator class of a type) is not seen here.
 *
 * @param client connected to the target; to another database of its server if it is yet to be made
 */
export async function findNeeded(
  client: pg.Client,
  entries: readonly OutlineEntry[],
  ground: Ground,
): Promise<PreflightFinding[]> {
  const { omitted, create, placed } = ground;
  if (omitted.size === 0) return [];
  const kept = entries.filter((entry) => !omitted.has(entry) && !isData(entry.header));
  const made = new Map([...omitted].flatMap((entry) => entry.defines.map((name) => [keyOf(name), entry] as const)));
  const known = new Set(entries.flatMap(({ defines }) => defines.map(keyOf)));
  const absent = ground.extensions.filter(
    ({ name }) => !ground.installed.has(name) && isOmitted('EXTENSION', name, omitted),
  );
  const schemas = new Map(absent.map((extension) => [extension.schema, extension.name]));
  const needs: { readonly entry: OutlineEntry; readonly name: ObjectName; readonly what: string }[] = [];
  for (const entry of kept) {
    if (entry.header.schema === null) continue;
    const sure = entry.names.filter((name) => !entry.doubtful.some((other) => keyOf(other) === keyOf(name)));
    for (const name of sure) {
      const maker = made.get(keyOf(name));
      const extension = known.has(keyOf(name)) ? undefined : schemas.get(name.schema);
      if (maker) needs.push({ entry, name, what: describeSelected({ ...placed(maker), type: maker.header.type }) });
      else if (extension !== undefined) needs.push({ entry, name, what: `EXTENSION ${extension}` });
    }
  }
  const there =
    create || needs.length === 0
      ? undefined
      : await readTargetObjects(
          client,
          needs.map(({ name }) => name),
        );
  const unmet = new Map<string, OutlineEntry[]>();
  const add = (what: string, entry: OutlineEntry) => unmet.set(what, [...(unmet.get(what) ?? []), entry]);
  for (const { entry, name, what } of needs) if (!there?.spaces.has(keyOf(name))) add(what, entry);
  for (const { entry, language } of await withoutLanguage(client, kept, ground)) {
    // The extension of a language has its name.
    const ofExtension = absent.some(({ name }) => name === language);
    add(`${ofExtension ? 'EXTENSION' : 'PROCEDURAL LANGUAGE'} ${language}`, entry);
  }
  return [...unmet].map(([what, needing]) => toFinding(what, [...new Set(needing)], ground));
}

function isOmitted(type: string, name: string, omitted: ReadonlySet<OutlineEntry>): boolean {
  return [...omitted].some(({ header }) => header.type === type && header.name === name);
}

/** Functions whose language is left out, and which the target does not have. */
async function withoutLanguage(client: pg.Client, kept: readonly OutlineEntry[], { omitted, create }: Ground) {
  const functions = kept.flatMap((entry) => {
    const { requirement } = entry.asks;
    if (requirement?.of !== 'function-language') return [];
    const { language } = requirement;
    const isLeftOut = ['PROCEDURAL LANGUAGE', 'EXTENSION'].some((type) => isOmitted(type, language, omitted));
    return isLeftOut ? [{ entry, language }] : [];
  });
  if (functions.length === 0 || create) return functions;
  const { rows } = await client.query<{ name: string }>(
    'SELECT lanname::pg_catalog.text AS name FROM pg_catalog.pg_language',
  );
  const there = new Set(rows.map(({ name }) => name));
  return functions.filter(({ language }) => !there.has(language));
}

function toFinding(what: string, needing: readonly OutlineEntry[], { groups, placed }: Ground): PreflightFinding {
  const objects = needing.map((entry) => describeSelected({ ...placed(entry), type: entry.header.type }));
  const group = groups.find(
    ({ entries, inPart }) => !inPart && entries.some((entry) => describeSelected(entry) === what),
  );
  const named = objects.slice(0, MOST_NAMED).join(', ');
  const more = objects.length > MOST_NAMED ? ' …' : '';
  const message = `${formatPlural(objects.length, 'entry', 'entries')} (${named}${more}): needs ${what}, which ${group?.option ?? 'this restore'} leaves out and the target does not have. Create it in the target first, or do not leave it out.`;
  return { kind: 'needed-by-others', objects, total: objects.length, message, remedy: null, option: null };
}
