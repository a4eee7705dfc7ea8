/** What a restore leaves out because it was asked to, or because the target does not have a role: entry by entry. */
import { HoldfastError } from '../../../core/errors.js';
import { quoted } from '../../../core/quoted.js';
import { formatPlural } from '../../../core/amounts.js';
import { unquoteIdentifier } from '../../../syntax/sql/identifiers.js';
import { MOST_NAMED, type Gap } from '../../stored/beside-verdict.js';
import type { OutlineEntry } from '../selection/outline-entry.js';
import { keyOf, type SelectedEntry } from '../selection/selection.js';
import { kindOf, SKIP_KINDS, type SkipKindName } from './skip-kinds.js';

/** Entries that were left out for one reason. */
export interface LeftOutGroup {
  /** `privileges`, `owners`, `event-triggers` … */
  readonly kind: string;
  /** The option that leaves them out; null where the target does. */
  readonly option: string | null;
  /** A sentence for people, without the names. */
  readonly reason: string;
  /** In the dump's order, by the names that they would have in the target. */
  readonly entries: readonly SelectedEntry[];
  /** Whether the entries are restored, but for what the reason says. */
  readonly inPart: boolean;
}

/** What a restore was asked to leave out. */
export interface LeaveOutRequest {
  readonly owners: boolean;
  readonly privileges: boolean;
  /** Whether objects go into the tablespaces that they were in. */
  readonly tablespaces: boolean;
  readonly skip: readonly SkipKindName[];
  /** Whether extensions are taken as the target has them. */
  readonly existingExtensions: boolean;
  /** Whether the acting role is a superuser, to whom the comments on extensions are left. */
  readonly isSuperuser: boolean;
  /** Whether the target has a role, or the restore makes it. */
  readonly hasRole: (role: string) => boolean;
}

export interface LeftOut {
  readonly groups: readonly LeftOutGroup[];
  /** The entries that are not restored at all. */
  readonly omitted: ReadonlySet<OutlineEntry>;
}

/** What an entry is called in the target. */
export type Placed = (entry: OutlineEntry) => Pick<SelectedEntry, 'schema' | 'name'>;

const PRIVILEGES: ReadonlySet<string> = new Set(['ACL', 'DEFAULT ACL']);
const OF_EXTENSIONS: ReadonlySet<string> = new Set(['EXTENSION', 'COMMENT', 'SECURITY LABEL']);

/**
 * @param entries those that would be restored
 * @param placed what an entry is called in the target
 * @throws HoldfastError PREFLIGHT_FAILED for a restrictive policy whose roles are partly missing: without it, the others
 *   would see more
 */
export function decideLeftOut(
  entries: readonly OutlineEntry[],
  request: LeaveOutRequest,
  placed: Placed = ({ header }) => header,
): LeftOut {
  const selected = (entry: OutlineEntry): SelectedEntry => {
    const { schema, name } = placed(entry);
    return { type: entry.header.type, schema, name };
  };
  const groups = new Map<string, Omit<LeftOutGroup, 'entries'> & { readonly entries: SelectedEntry[] }>();
  const omitted = new Set<OutlineEntry>();
  const add = (entry: OutlineEntry, group: Omit<LeftOutGroup, 'entries' | 'inPart'>, inPart = false) => {
    const key = `${group.kind}\0${inPart}`;
    const found = groups.get(key) ?? { ...group, inPart, entries: [] };
    groups.set(key, found);
    found.entries.push(selected(entry));
    if (!inPart) omitted.add(entry);
  };
  const policies = new Set<string>();
  const isOfSystem = request.skip.includes('system-privileges') ? systemGrants(entries) : () => false;
  const skippedObjects = new Set<string>();
  for (const entry of entries) {
    const { header, asks, subject } = entry;
    const kind =
      kindOf(header, request.skip) ??
      (isOfSystem(entry) ? 'system-privileges' : undefined) ??
      // What lies on a foreign table goes with it.
      (subject && skippedObjects.has(keyOf(subject)) ? 'foreign-data' : undefined);
    const missing = request.owners ? [] : asks.named.concat(asks.grantors).filter((role) => !request.hasRole(role));
    if (kind !== undefined) {
      if (header.type === 'FOREIGN TABLE') for (const name of entry.defines) skippedObjects.add(keyOf(name));
      add(entry, { kind, option: `--skip ${kind}`, reason: `Left out by --skip ${kind}: ${SKIP_KINDS[kind].words}.` });
    } else if (!request.privileges && PRIVILEGES.has(header.type)) {
      const reason = 'Left out by --no-privileges: grants and default privileges.';
      add(entry, { kind: 'privileges', option: '--no-privileges', reason });
    } else if (request.existingExtensions && isOfExtension(entry)) {
      const reason = 'Left out by --extensions existing: the target has the extensions already.';
      add(entry, { kind: 'extensions', option: '--extensions existing', reason });
    } else if (!request.isSuperuser && header.type === 'COMMENT' && isOfExtension(entry)) {
      const reason = "Left out: only an extension's owner may comment on it.";
      add(entry, { kind: 'extension-comments', option: null, reason });
    } else if (asks.policy !== undefined && header.type === 'COMMENT' && policies.has(asks.policy)) {
      add(entry, ofMissing());
    } else if (missing.length > 0) {
      if (asks.policy !== undefined) {
        if (asks.isRestrictive && asks.named.some(request.hasRole)) throw openedByPolicy(entry, missing);
        policies.add(asks.policy);
      }
      add(entry, ofMissing(), keepsGrant(entry, request));
    }
  }
  const owned = request.owners ? [] : entries.filter((entry) => entry.asks.owners.length > 0 && !omitted.has(entry));
  const ownership: LeftOutGroup = {
    kind: 'owners',
    option: '--no-owner',
    reason: 'Left out by --no-owner: everything belongs to the restoring role.',
    entries: owned.map(selected),
    inPart: true,
  };
  const elsewhere = request.tablespaces ? [] : entries.filter((entry) => isElsewhere(entry) && !omitted.has(entry));
  const placement: LeftOutGroup = {
    kind: 'tablespaces',
    option: '--no-tablespaces',
    reason: "Left out by --no-tablespaces: where it was; it is in the database's own tablespace.",
    entries: elsewhere.map(selected),
    inPart: true,
  };
  const wholes = [ownership, placement].filter((group) => group.entries.length > 0);
  return { groups: [...wholes, ...groups.values()], omitted };
}

/** Whether it was in a tablespace other than its database's. */
export function isElsewhere({ header: { tablespace } }: OutlineEntry): boolean {
  return tablespace !== null && tablespace !== '';
}

/** How the tags of grants begin, by the type of the entry that makes the object; those without a schema alone. */
const GRANT_TAGS: Readonly<Record<string, string>> = {
  'PROCEDURAL LANGUAGE': 'LANGUAGE',
  SERVER: 'FOREIGN SERVER',
  'FOREIGN DATA WRAPPER': 'FOREIGN DATA WRAPPER',
  SCHEMA: 'SCHEMA',
};

/** Tells the grants on what the dump does not make, as it is PostgreSQL's own or an extension's. */
export function systemGrants(entries: readonly OutlineEntry[]): (entry: OutlineEntry) => boolean {
  const names = new Set(entries.flatMap(({ defines }) => defines.map(keyOf)));
  const tags = new Set(['SCHEMA public']);
  for (const { header } of entries) {
    const tag = GRANT_TAGS[header.type];
    if (tag !== undefined) tags.add(`${tag} ${header.name}`);
  }
  return ({ header: { type, schema, name }, subject }) => {
    if (type !== 'ACL') return false;
    if (schema !== null) return !subject || !names.has(keyOf(subject));
    const [, tag = '', object = ''] = /^(LANGUAGE|FOREIGN SERVER|FOREIGN DATA WRAPPER|SCHEMA) (.*)$/s.exec(name) ?? [];
    return tag !== '' && !tags.has(`${tag} ${unquoteIdentifier(object)}`);
  };
}

function ofMissing(): Omit<LeftOutGroup, 'entries' | 'inPart'> {
  const reason =
    'Left out, as --no-owner was given and the target does not have the roles: their grants, policies and user mappings.';
  return { kind: 'missing-roles', option: '--no-owner', reason };
}

function isOfExtension({ header: { type, schema, name } }: OutlineEntry): boolean {
  return type === 'EXTENSION' || (OF_EXTENSIONS.has(type) && schema === null && name.startsWith('EXTENSION '));
}

/** Whether a grant remains when those of missing roles are gone. */
function keepsGrant({ asks }: OutlineEntry, { hasRole }: LeaveOutRequest): boolean {
  return asks.grants.some((roles) => roles.every(hasRole));
}

function openedByPolicy({ header: { schema, name } }: OutlineEntry, missing: readonly string[]): HoldfastError {
  const policy = schema === null ? name : `${schema}.${name}`;
  const message = `The restrictive policy ${quoted(policy)} is for roles that the target does not have (${missing.join(', ')}) and for others that it has. Without it, those others would see more than they may.`;
  const hint = 'Create the roles first: restore --globals does (without passwords), or CREATE ROLE by hand.';
  const problem = { kind: 'missing-role', objects: missing, total: missing.length, message, remedy: null };
  return new HoldfastError('PREFLIGHT_FAILED', message, { hint, details: { problems: [problem] } });
}

/**
 * Whether an entry of the backup or the copy is one that was left out, and so is not compared. Those that lack their owner
 * alone are: what they are does not depend on it.
 */
export function leftOutOf(groups: readonly LeftOutGroup[]): (entry: SelectedEntry) => boolean {
  const key = ({ type, schema, name }: SelectedEntry) => `${type}\0${schema ?? ''}\0${name}`;
  const keys = new Set(groups.filter(({ kind }) => kind !== 'owners').flatMap(({ entries }) => entries.map(key)));
  return (entry) => keys.has(key(entry));
}

/** What `--check` says it did not compare. */
export function gapsOfLeftOut(groups: readonly LeftOutGroup[]): Gap[] {
  return groups.map(({ kind, reason, entries }) => ({
    kind: `left-out-${kind}`,
    objects: entries.slice(0, MOST_NAMED).map(describeSelected),
    total: entries.length,
    reason,
  }));
}

/** `Left out by --no-privileges: grants and default privileges. 12 entries: ACL app.TABLE orders, …` */
export function describeLeftOut({ reason, entries }: LeftOutGroup): string {
  const named = entries.slice(0, 5).map(describeSelected).join(', ');
  const amount = formatPlural(entries.length, 'entry', 'entries');
  return `${reason} ${amount}: ${named}${entries.length > 5 ? ' …' : ''}.`;
}

export function describeSelected({ type, schema, name }: SelectedEntry): string {
  return `${type} ${schema === null ? '' : `${schema}.`}${name}`;
}
