/** Which roles a dump refers to: owners, grantees, and the roles that policies and mappings apply to. */
import { IDENTIFIER, unquoteIdentifier } from '../syntax/sql/identifiers.js';
import type { EntryHeader } from './entry-header.js';

const LIST = String.raw`${IDENTIFIER}(?:, ${IDENTIFIER})*`;

/** Where pg_dump names roles in a statement, by the type of the entry. */
const PATTERNS: Readonly<Record<string, RegExp>> = {
  ACL: new RegExp(String.raw` (?:TO|FROM) (${LIST})(?: WITH GRANT OPTION)?;$`, 's'),
  'DEFAULT ACL': new RegExp(
    String.raw`^ALTER DEFAULT PRIVILEGES FOR ROLE (${IDENTIFIER}) .* (?:TO|FROM) (${LIST})(?: WITH GRANT OPTION)?;$`,
    's',
  ),
  POLICY: new RegExp(String.raw`^CREATE POLICY ${IDENTIFIER} ON \S.*? TO (${LIST})(?: USING| WITH CHECK|;)`, 's'),
  'USER MAPPING': new RegExp(String.raw`^CREATE USER MAPPING FOR (${IDENTIFIER}) SERVER `, 's'),
};

/** @returns role names, unquoted; without PUBLIC, which is not a role */
export function rolesIn(header: EntryHeader, statement: string): string[] {
  const match = PATTERNS[header.type]?.exec(statement);
  if (!match) return [];
  const identifiers = match
    .slice(1)
    .flatMap((list) => [...(list ?? '').matchAll(new RegExp(IDENTIFIER, 'g'))].map(([identifier]) => identifier));
  return identifiers.filter((identifier) => !/^public$/i.test(identifier)).map(unquoteIdentifier);
}
