/** What a target would refuse, kind by kind: said before anything is changed, with the option that leaves it out. */
import type { PreflightFinding } from '../../../core/error-details.js';
import { formatPlural } from '../../../core/amounts.js';
import { HoldfastError } from '../../../core/errors.js';
import { quoted } from '../../../core/quoted.js';
import { quoteIdentifier } from '../../../syntax/sql/identifiers.js';
import type { Requirement } from '../selection/asks.js';
import type { OutlineEntry } from '../selection/outline-entry.js';
import type { SelectedEntry } from '../selection/selection.js';
import { describeSelected, systemGrants, type Placed } from './left-out.js';
import { SKIP_KINDS, type SkipKindName } from './skip-kinds.js';
import type { TargetRights } from './target-rights.js';

/** With the role that it is about, if it is about one. */
export type Refusal = PreflightFinding & { readonly roles?: readonly string[] };

export interface Judgment {
  readonly findings: readonly Refusal[];
  /** Roles that the acting one becomes a member of. */
  readonly memberships: readonly string[];
  /** Whether a role needs CREATE on a schema, by its name in the target, or on the database (null), to be given something in it. */
  readonly needsOpening: (schema: string | null, role: string) => boolean;
}

interface Draft {
  readonly kind: string;
  readonly reason: string;
  readonly option: string | null;
  readonly remedy: string | null;
  readonly role?: string;
}

/** What a schema is made by; everything else with a schema is put into one. */
const MADE_IN_NONE: ReadonlySet<string> = new Set(['SCHEMA', 'TABLE DATA', 'SEQUENCE SET', 'MATERIALIZED VIEW DATA']);
const TAGGED: ReadonlySet<string> = new Set(['ACL', 'COMMENT', 'DEFAULT ACL', 'SECURITY LABEL', 'TABLE ATTACH']);
const OF_DATABASE: ReadonlySet<string> = new Set(['SCHEMA', 'PUBLICATION']);

/**
 * @param entries those that are restored
 * @param owners whether they get their owners
 * @param placed what an entry is called in the target
 */
export function judgeRights(
  entries: readonly OutlineEntry[],
  rights: TargetRights,
  { owners, placed }: { readonly owners: boolean; readonly placed: Placed },
): Judgment {
  const drafts = new Map<string, Draft & { readonly entries: SelectedEntry[] }>();
  const memberships = new Set<string>();
  const refuse = (entry: OutlineEntry, draft: Draft) => {
    const key = `${draft.kind}\0${draft.reason}`;
    const found = drafts.get(key) ?? { ...draft, entries: [] };
    drafts.set(key, found);
    found.entries.push({ type: entry.header.type, ...placed(entry) });
  };
  const actAs = (entry: OutlineEntry, role: string, draft: Omit<Draft, 'remedy'>) => {
    const standing = rights.standing(role);
    if (standing === 'grantable') memberships.add(role);
    else if (standing === 'refused') refuse(entry, { ...draft, role, remedy: grantMembership(role, rights) });
  };
  const made = new Map(
    entries.flatMap((entry) =>
      entry.header.type === 'SCHEMA' ? [[placed(entry).name, entry.asks.owners.at(-1) ?? rights.role]] : [],
    ),
  );
  const needsOpening = (schema: string | null, role: string) => {
    if (schema === null) return rights.closedTo.has(role);
    const there = made.has(schema) ? undefined : rights.schemas.get(schema);
    return there ? there.closedTo.has(role) : role !== (made.get(schema) ?? rights.role);
  };
  const isOfSystem = systemGrants(entries);
  for (const entry of entries) {
    const { header, asks } = entry;
    const { requirement } = asks;
    const refusal = requirement && rights.refusal(requirement);
    if (requirement && refusal !== undefined) {
      // What leaves it out leaves out its owner too.
      refuse(entry, ofRequirement(requirement, refusal, rights));
      continue;
    }
    if (owners) {
      for (const role of new Set(asks.owners)) {
        const reason = `${quoted(rights.role)} may not give anything to the role ${quoted(role)}, of which it is no member and cannot make itself one`;
        actAs(entry, role, { kind: 'owner', reason, option: '--no-owner' });
        if (header.type === 'PUBLICATION' && rights.closedTo.has(role)) {
          const closed = `the role ${quoted(role)} does not have CREATE on the database ${quoted(rights.database)}, and ${quoted(rights.role)} may not grant it`;
          const option = '--skip publications';
          actAs(entry, rights.databaseOwner, { kind: 'owner-in-database', reason: closed, option });
        }
        const { schema } = placed(entry);
        const there = schema === null || made.has(schema) ? undefined : rights.schemas.get(schema);
        if (!there?.closedTo.has(role)) continue;
        const closed = `the role ${quoted(role)} does not have CREATE on the schema ${quoted(schema ?? '')}, and ${quoted(rights.role)} may not grant it`;
        actAs(entry, there.owner, { kind: 'owner-in-schema', reason: closed, option: '--no-owner' });
      }
    }
    if (isOfSystem(entry)) {
      const reason = `${quoted(rights.role)} does not own what PostgreSQL or an extension has made`;
      refuse(entry, { kind: 'system-privileges', reason, option: '--skip system-privileges', remedy: null });
      continue;
    }
    for (const role of new Set(asks.grantors)) {
      const reason = `${quoted(rights.role)} may not grant in the name of the role ${quoted(role)}`;
      actAs(entry, role, { kind: 'grantor', reason, option: '--no-privileges' });
    }
    if (OF_DATABASE.has(header.type) && !rights.create && !rights.schemas.has(placed(entry).name)) {
      const reason = `${quoted(rights.role)} does not have CREATE on the database ${quoted(rights.database)}`;
      const remedy = `GRANT CREATE ON DATABASE ${quoteIdentifier(rights.database)} TO ${quoteIdentifier(rights.role)};`;
      refuse(entry, {
        kind: 'create-in-database',
        reason,
        option: header.type === 'PUBLICATION' ? '--skip publications' : null,
        remedy,
      });
    }
    judgeSchema(entry);
  }
  return { findings: [...drafts.values()].map(toFinding), memberships: [...memberships].sort(), needsOpening };

  function judgeSchema(entry: OutlineEntry): void {
    const { header } = entry;
    const place = placed(entry);
    const ofSchema = header.schema === null ? schemaOf(header.name, header.type, place.name) : undefined;
    if (ofSchema !== undefined) {
      const there = rights.schemas.get(ofSchema);
      if (!there || (made.has(ofSchema) && ofSchema !== 'public')) return;
      if (header.type === 'SCHEMA' && (!owners || entry.asks.owners.length === 0)) return;
      const option = { SCHEMA: '--no-owner', ACL: '--no-privileges', COMMENT: '--skip comments' }[header.type] ?? null;
      const reason = `the schema ${quoted(ofSchema)} belongs to ${quoted(there.owner || 'a superuser')}, not to ${quoted(rights.role)}`;
      actAs(entry, there.owner, { kind: 'schema-of-others', reason, option });
      return;
    }
    if (place.schema === null || MADE_IN_NONE.has(header.type) || TAGGED.has(header.type)) return;
    const there = rights.schemas.get(place.schema);
    if (!there || there.create || entry.defines.length === 0) return;
    const reason = `${quoted(rights.role)} does not have CREATE on the schema ${quoted(place.schema)}`;
    const remedy = `GRANT CREATE ON SCHEMA ${quoteIdentifier(place.schema)} TO ${quoteIdentifier(rights.role)};`;
    refuse(entry, { kind: 'create-in-schema', reason, option: null, remedy });
  }
}

/** The schema that an entry makes, or grants on or comments on. */
function schemaOf(tag: string, type: string, placedName: string): string | undefined {
  if (type === 'SCHEMA') return placedName;
  if (type !== 'ACL' && type !== 'COMMENT') return undefined;
  const name = /^SCHEMA (.*)$/s.exec(tag)?.[1];
  return name?.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function grantMembership(role: string, { role: member }: TargetRights): string | null {
  return role === '' ? null : `GRANT ${quoteIdentifier(role)} TO ${quoteIdentifier(member)};`;
}

const WORDS: Readonly<Record<Requirement['of'], string>> = {
  'event-triggers': 'event triggers',
  publications: 'publications of all tables or whole schemas',
  subscriptions: 'subscriptions',
  languages: 'procedural languages',
  'operator-classes': 'operator classes and families',
  casts: 'casts between types of PostgreSQL, or without a function',
  transforms: 'transforms of types of PostgreSQL',
  'foreign-data': 'foreign data wrappers',
  server: 'foreign servers',
  'base-types': 'base types',
  'access-methods': 'access methods',
  'text-search': 'text search parsers and templates',
  'superuser-functions': 'functions with what only superusers may give them (LEAKPROOF, SUPPORT, internal states)',
  'function-language': 'functions',
  'function-settings': 'functions with settings of their own',
  extension: 'extensions',
  'security-labels': 'security labels',
};

/** Kinds of `--skip` by what is required, where they differ in name. */
const OPTION_OF: Partial<Readonly<Record<Requirement['of'], string>>> = {
  extension: '--extensions existing',
  server: '--skip foreign-data',
};

function ofRequirement(requirement: Requirement, refusal: string, rights: TargetRights): Draft {
  const { of } = requirement;
  const skip = of in SKIP_KINDS ? `--skip ${of as SkipKindName}` : null;
  const which = requirement.of === 'extension' ? ` ${quoted(requirement.extension)}` : '';
  const remedy =
    requirement.of === 'server'
      ? `GRANT USAGE ON FOREIGN DATA WRAPPER ${quoteIdentifier(requirement.wrapper)} TO ${quoteIdentifier(rights.role)};`
      : null;
  return { kind: of, reason: `${WORDS[of]}${which}: ${refusal}`, option: OPTION_OF[of] ?? skip, remedy };
}

const MOST_IN_MESSAGE = 5;

function toFinding(draft: Draft & { readonly entries: readonly SelectedEntry[] }): Refusal {
  const { kind, reason, option, remedy, entries, role } = draft;
  const objects = entries.map(describeSelected);
  const named = objects.slice(0, MOST_IN_MESSAGE).join(', ');
  const more = objects.length > MOST_IN_MESSAGE ? ' …' : '';
  const out =
    option === null
      ? 'No option leaves them out: choose what is restored with --schema or --table.'
      : `${option} leaves them out.`;
  const message = `${formatPlural(objects.length, 'entry', 'entries')} (${named}${more}): ${reason}. ${out}`;
  return {
    kind,
    objects,
    total: objects.length,
    message,
    remedy,
    option,
    ...(role !== undefined && { roles: [role] }),
  };
}

/** @throws HoldfastError PREFLIGHT_FAILED with all of the findings */
export function requireRights(findings: readonly PreflightFinding[], describeTarget: string): void {
  if (findings.length === 0) return;
  const lines = findings.map(({ message, remedy }) => `\n- ${message}${remedy === null ? '' : ` Or: ${remedy}`}`);
  const options = [...new Set(findings.flatMap(({ option }) => option ?? []))];
  throw new HoldfastError(
    'PREFLIGHT_FAILED',
    `Restoring into ${describeTarget}: the server would refuse a part of the backup, and nothing was changed.${lines.join('')}`,
    {
      details: {
        problems: findings.map(({ kind, objects, total, message, remedy, option }) => ({
          ...{ kind, objects, total, message, remedy, option: option ?? null },
        })),
      },
      hint:
        options.length === 0
          ? 'Sign in as a role that may.'
          : `Leave out what is refused: ${joinOptions(options)}. Or sign in as a role that may.`,
    },
  );
}

/** `--skip a` and `--skip b` → `--skip a,b`. */
export function joinOptions(options: readonly string[]): string {
  const skips = options.flatMap((option) => /^--skip (.*)$/.exec(option)?.[1] ?? []);
  const others = options.filter((option) => !option.startsWith('--skip '));
  return [...others, ...(skips.length > 0 ? [`--skip ${skips.join(',')}`] : [])].join(' ');
}
