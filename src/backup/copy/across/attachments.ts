/**
 * Which partition belongs to which table, and which index of a partition to which index: what a dump attaches, compared with
 * the catalog of a copy. Up to 13, pg_dump attaches tables within their own entries, and since then in entries apart.
 */
import type pg from 'pg';
import { unquoteIdentifier } from '../../../syntax/sql/identifiers.js';
import { sqlTokens } from '../../../syntax/sql/tokens.js';
import type { Difference } from '../compare-entries.js';

const TYPES = { TABLE: 'TABLE ATTACH', INDEX: 'INDEX ATTACH' } as const;

interface Attachment extends Pick<Difference, 'schema' | 'name'> {
  readonly type: (typeof TYPES)[keyof typeof TYPES];
  /** `shop.log` */
  readonly parent: string;
}

/** The attachments that a dump makes, taken from its statements as they pass. */
export class DumpedAttachments {
  readonly #attachments = new Map<string, Attachment>();

  /** @param text `ALTER TABLE ONLY s.p ATTACH PARTITION s.c …` or `ALTER INDEX s.p ATTACH PARTITION s.c` */
  add(text: string): void {
    const [verb, kind, ...rest] = sqlTokens(text);
    if (verb !== 'ALTER' || (kind !== 'TABLE' && kind !== 'INDEX')) return;
    const tokens = rest[0] === 'ONLY' ? rest.slice(1) : rest;
    const [parentSchema = '', , parent = '', attach, partition, schema = '', , name = ''] = tokens;
    if (attach !== 'ATTACH' || partition !== 'PARTITION') return;
    const of = `${unquoteIdentifier(parentSchema)}.${unquoteIdentifier(parent)}`;
    const attachment = { schema: unquoteIdentifier(schema), name: unquoteIdentifier(name), parent: of };
    this.#attachments.set(keyOf(attachment), { type: TYPES[kind], ...attachment });
  }

  /** @param client a session of the copy */
  async compare(client: pg.Client): Promise<Difference[]> {
    const { rows } = await client.query<Attachment>(QUERY);
    const found = new Map(rows.map((row) => [keyOf(row), row]));
    const missing = [...this.#attachments].filter(([key, { parent }]) => found.get(key)?.parent !== parent);
    const extra = [...found].filter(([key]) => !this.#attachments.has(key));
    return [
      ...missing.map(([key, { type, schema, name, parent }]) => {
        const other = found.get(key)?.parent;
        return { type, schema, name, reason: `is attached to ${other ?? 'nothing'}, was to ${parent}` };
      }),
      ...extra.map(([, { type, schema, name, parent }]) => {
        return { type, schema, name, reason: `is attached to ${parent}, which is not in the backup` };
      }),
    ];
  }
}

/** Tables and indexes share their names. */
function keyOf({ schema, name }: Pick<Attachment, 'schema' | 'name'>): string {
  return `${schema ?? ''}\0${name}`;
}

/** Not those that come with an extension. */
const QUERY = `
  SELECT CASE c.relkind WHEN 'i' THEN '${TYPES.INDEX}' WHEN 'I' THEN '${TYPES.INDEX}' ELSE '${TYPES.TABLE}' END AS type,
         n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name, pn.nspname || '.' || p.relname AS parent
    FROM pg_catalog.pg_inherits i
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class p ON p.oid = i.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
   WHERE c.relispartition
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND d.objid IN (c.oid, (SELECT x.indrelid FROM pg_catalog.pg_index x WHERE x.indexrelid = c.oid)) AND d.objsubid = 0 AND d.deptype = 'e')`;
