/**
 * Since PostgreSQL 17, pg_dump writes the definitions of up to a thousand large objects under one header, and their grants
 * under another: `501..733`. Which ones share a header depends on how their grants came about, and another load groups
 * them differently. So each object gets entries of its own here, named as before 17.
 */
import type { EntryHeader } from './entry-header.js';

export interface GroupMember {
  /** As in a header that is about this object alone: `501`, `LARGE OBJECT 501`. */
  readonly name: string;
  readonly statements: readonly Buffer[];
}

const OF_DEFINITIONS = /^\d+\.\.\d+$/;
const OF_GRANTS = /^LARGE OBJECTS (\d+)\.\.\d+$/;
const DEFINITION = /^(?:SELECT pg_catalog\.lo_create\('(\d+)'\);$|ALTER LARGE OBJECT (\d+) OWNER TO )/;
const GRANT = /^(?:GRANT|REVOKE) [A-Z, ]+ ON LARGE OBJECT (\d+) (?:TO|FROM) /;
const GRANTOR = /^(?:RESET|SET) SESSION AUTHORIZATION/;
const MISPRINT = '(null);';
/** Longer than what the patterns above look at. */
const START_BYTES = 200;

/** Whether a header is about several large objects. */
export function isLargeObjectGroup({ type, schema, name }: Pick<EntryHeader, 'type' | 'schema' | 'name'>): boolean {
  if (schema !== null) return false;
  return (type === 'BLOB METADATA' && OF_DEFINITIONS.test(name)) || (type === 'ACL' && OF_GRANTS.test(name));
}

/**
 * Undoes a misprint of pg_dump (17 and 18, `IssueACLPerBlob`). Around the grants that another role than the owner made, it
 * writes `SET SESSION AUTHORIZATION r501(null);` for the role `r`, once for each object of the group, and the RESET in the
 * same way. No server takes that.
 *
 * @param before the statement before it in the group, as pg_dump wrote it
 * @returns the statement that was meant; undefined where it was meant only once, and is there already
 */
export function withoutMisprint({ name }: EntryHeader, text: Buffer, before: Buffer | undefined): Buffer | undefined {
  if (!isMisprint(text)) return text;
  if (before && isMisprint(before) && text.toString('latin1', 0, 3) === before.toString('latin1', 0, 3)) {
    return undefined;
  }
  // The first is the one of the group's first object.
  const wrong = `${OF_GRANTS.exec(name)?.[1]}${MISPRINT}`;
  const whole = text.toString('latin1');
  return whole.endsWith(wrong) ? Buffer.from(`${whole.slice(0, -wrong.length)};`, 'latin1') : text;
}

function isMisprint(text: Buffer): boolean {
  return (
    text.toString('latin1', text.length - MISPRINT.length) === MISPRINT &&
    GRANTOR.test(text.toString('latin1', 0, START_BYTES))
  );
}

/**
 * The objects of a group, in the order in which they are first named, each with the statements that a header of its own
 * would have.
 *
 * @returns undefined for statements that are about something else: the entry then stays whole
 */
export function splitLargeObjectGroup(
  { type }: EntryHeader,
  statements: readonly Buffer[],
): readonly GroupMember[] | undefined {
  const members = new Map<string, Buffer[]>();
  // Grants that are not the owner's stand between two statements, and each object's between two of its own.
  let grantor: Buffer | undefined;
  let opened = new Set<string>();
  for (const statement of statements) {
    const start = statement.toString('latin1', 0, START_BYTES);
    if (type === 'ACL' && GRANTOR.test(start)) {
      const ends = start.startsWith('RESET');
      if (ends) for (const oid of opened) members.get(oid)?.push(statement);
      grantor = ends ? undefined : statement;
      opened = new Set();
      continue;
    }
    const oid = type === 'ACL' ? GRANT.exec(start)?.[1] : definedIn(start);
    if (oid === undefined) return undefined;
    const member = members.get(oid) ?? [];
    members.set(oid, member);
    if (grantor && !opened.has(oid)) {
      opened.add(oid);
      member.push(grantor);
    }
    member.push(statement);
  }
  const prefix = type === 'ACL' ? 'LARGE OBJECT ' : '';
  return [...members].map(([oid, own]) => ({ name: prefix + oid, statements: own }));
}

function definedIn(start: string): string | undefined {
  const [, created, altered] = DEFINITION.exec(start) ?? [];
  return created ?? altered;
}
