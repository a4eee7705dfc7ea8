/** Compares what a dump says of objects, their owners and their privileges with the catalog of a copy. */
import type pg from 'pg';
import type { Entry } from '../../../dump/entry.js';
import { unquoteIdentifier } from '../../../syntax/sql/identifiers.js';
import { sqlTokens } from '../../../syntax/sql/tokens.js';
import type { Difference } from '../compare-entries.js';
import { readDefaultPrivileges, readDefaults, readObjects, type CatalogObject } from './catalog-objects.js';
import {
  keyOfDefaultPrivileges,
  keyOfObject,
  privilegesByDefault,
  privilegeTexts,
  type DumpedPrivileges,
} from './expected-privileges.js';

/** What pg_dump calls large objects, by version. */
const LARGE_OBJECT: ReadonlySet<string> = new Set(['BLOB', 'BLOB METADATA']);

/** The kinds of entries whose objects are compared with the catalog. */
const KINDS: ReadonlySet<string> = new Set(
  'AGGREGATE,COLLATION,CONVERSION,DOMAIN,EVENT TRIGGER,FOREIGN DATA WRAPPER,FOREIGN TABLE,FUNCTION,LARGE OBJECT,MATERIALIZED VIEW,OPERATOR,OPERATOR CLASS,OPERATOR FAMILY,PROCEDURAL LANGUAGE,PROCEDURE,PUBLICATION,SCHEMA,SEQUENCE,SERVER,STATISTICS,SUBSCRIPTION,TABLE,TEXT SEARCH CONFIGURATION,TEXT SEARCH DICTIONARY,TYPE,VIEW'.split(
    ',',
  ),
);

/**
 * @param client a session of the copy, with an empty search_path
 * @param entries of the dump
 * @param privileges that the dump gives
 */
export async function compareObjects(
  client: pg.Client,
  entries: Iterable<Entry>,
  privileges: DumpedPrivileges,
): Promise<Difference[]> {
  const objects = await readObjects(client);
  const defaults = await readDefaults(client);
  return [
    ...compareOwners(entries, objects),
    ...comparePrivileges(objects, privileges, defaults),
    ...compareDefaults(await readDefaultPrivileges(client), privileges, defaults),
    ...(privileges.unread === 0 ? [] : [unread(privileges.unread)]),
  ];
}

/** Kind, schema and name, as headers have them: with spaces for line breaks. */
function identity({ type, schema, name }: Pick<Entry, 'type' | 'schema' | 'name'>): string {
  return `${LARGE_OBJECT.has(type) ? 'LARGE OBJECT' : type}\0${(schema ?? '').replace(/[\r\n]/g, ' ')}\0${name.replace(/[\r\n]/g, ' ')}`;
}

interface Named extends Pick<Entry, 'type' | 'schema' | 'name'> {
  readonly owners: (string | null)[];
}

function compareOwners(entries: Iterable<Entry>, objects: readonly CatalogObject[]): Difference[] {
  const wanted = new Map<string, Named>();
  for (const entry of entries) {
    const key = identity(entry);
    const [kind = ''] = key.split('\0');
    // Older backups have one entry for several large objects.
    if (entry.kind !== 'schema' || !KINDS.has(kind) || (kind === 'LARGE OBJECT' && !/^\d+$/.test(entry.name))) continue;
    add(wanted, key, entry, entry.owner);
  }
  const found = new Map<string, Named>();
  for (const object of objects) if (object.type !== '') add(found, identity(object), object, object.owner);
  const differences: Difference[] = [];
  for (const [key, { owners, ...named }] of wanted) {
    const there = [...(found.get(key)?.owners ?? [])];
    for (const owner of owners) {
      const at = owner === null ? (there.length > 0 ? 0 : -1) : there.indexOf(owner);
      const [took] = at < 0 ? [undefined] : there.splice(at, 1);
      if (took !== undefined) continue;
      const other = there[0];
      const reason = other === undefined ? 'is missing from the copy' : `belongs to ${other}, was ${owner ?? 'nobody'}`;
      differences.push({ ...named, reason });
    }
  }
  const extra = objects.filter((object) => object.type !== '' && object.dumped && !wanted.has(identity(object)));
  for (const { type, schema, name } of extra) {
    if (wanted.has(identity({ type: 'SHELL TYPE', schema, name }))) continue;
    differences.push({ type, schema, name, reason: 'is not in the backup' });
  }
  return differences;
}

function add(
  map: Map<string, Named>,
  key: string,
  { type, schema, name }: Omit<Named, 'owners'>,
  owner: string | null,
) {
  const known = map.get(key);
  if (known) known.owners.push(owner);
  else map.set(key, { type, schema, name, owners: [owner] });
}

const IS_SYSTEM = /^(?:pg_catalog|information_schema)$/;

type Defaults = Awaited<ReturnType<typeof readDefaults>>;

function comparePrivileges(
  objects: readonly CatalogObject[],
  privileges: DumpedPrivileges,
  defaults: Defaults,
): Difference[] {
  const differences: Difference[] = [];
  const named = privileges.targets();
  for (const object of objects) {
    const key = keyOfObject(object);
    // Of PostgreSQL's own, what no dump speaks of is as the server makes it.
    const place = object.type === 'SCHEMA' ? object.name : object.schema;
    if (object.target === '' || (IS_SYSTEM.test(place ?? '') && !named.has(key))) continue;
    named.delete(key);
    const wanted = privileges.of(object, defaults);
    const found =
      object.acl === null ? privilegesByDefault(object.kind, object.owner, defaults) : privilegeTexts(object.acl);
    const reason = compareTexts(wanted, found);
    if (reason === undefined) continue;
    differences.push({ type: 'ACL', schema: object.schema, name: nameOf(object), reason });
  }
  for (const key of named) {
    const name = key.replaceAll('\0', ' column ');
    differences.push({ type: 'ACL', schema: null, name, reason: 'privileges on it are missing from the copy' });
  }
  return differences;
}

/** `TABLE orders`, `COLUMN orders.id`, as the header of an ACL has it. */
function nameOf({ target, column, schema }: CatalogObject): string {
  const tokens = sqlTokens(target);
  const at = schema === null ? -1 : tokens.indexOf('.');
  const kind = column === null ? tokens.slice(0, at < 0 ? undefined : at - 1).join(' ') : 'COLUMN';
  const own =
    at < 0
      ? ''
      : ` ${tokens
          .slice(at + 1)
          .map(unquoteIdentifier)
          .join('')}`;
  return `${kind}${own}${column === null ? '' : `.${column}`}`;
}

function compareDefaults(
  found: Awaited<ReturnType<typeof readDefaultPrivileges>>,
  privileges: DumpedPrivileges,
  defaults: Defaults,
): Difference[] {
  const wanted = privileges.defaultPrivileges(defaults);
  const there = new Map(found.map((one) => [keyOfDefaultPrivileges(one), privilegeTexts(one.acl)]));
  return [...new Set([...wanted.keys(), ...there.keys()])].flatMap((key) => {
    const [role = '', schema = '', kind = ''] = key.split('\0');
    const own = schema === '' ? privilegesByDefault(kind, role, defaults) : new Set<string>();
    const reason = compareTexts(wanted.get(key) ?? own, there.get(key) ?? own);
    const name = `DEFAULT PRIVILEGES FOR ${role} (${kind})`;
    return reason === undefined ? [] : [{ type: 'DEFAULT ACL', schema: schema === '' ? null : schema, name, reason }];
  });
}

function compareTexts(wanted: ReadonlySet<string>, found: ReadonlySet<string>): string | undefined {
  const missing = [...wanted].filter((text) => !found.has(text));
  const extra = [...found].filter((text) => !wanted.has(text));
  if (missing.length === 0 && extra.length === 0) return undefined;
  return [
    ...(missing.length > 0 ? [`missing: ${missing.join('; ')}`] : []),
    ...(extra.length > 0 ? [`not in the backup: ${extra.join('; ')}`] : []),
  ].join('. ');
}

function unread(count: number): Difference {
  const reason = `${count} of its statements about privileges could not be read, and were not compared`;
  return { type: 'ACL', schema: null, name: 'the dump', reason };
}
