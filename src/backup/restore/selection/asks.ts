/** What the statements of an entry ask of whoever runs them: roles that exist, and rights beyond owning what they make. */
import type { EntryHeader } from '../../../dump/entry-header.js';
import { rolesIn } from '../../../dump/role-references.js';
import { parseOwner } from '../../../dump/statement.js';
import { IDENTIFIER, unquoteIdentifier } from '../../../syntax/sql/identifiers.js';

/** What only some roles may do, by PostgreSQL's own rules; a service may allow more. */
export type Requirement =
  /** A superuser. */
  | { readonly of: 'event-triggers' | 'publications' | 'subscriptions' | 'languages' | 'operator-classes' }
  | { readonly of: 'casts' | 'transforms' | 'foreign-data' | 'base-types' | 'access-methods' | 'text-search' }
  | { readonly of: 'superuser-functions' }
  /** A trusted language that one may use, or a superuser. */
  | { readonly of: 'function-language'; readonly language: string }
  | { readonly of: 'function-settings'; readonly settings: readonly string[] }
  | { readonly of: 'extension'; readonly extension: string }
  | { readonly of: 'server'; readonly wrapper: string }
  | { readonly of: 'security-labels'; readonly provider: string };

export interface Asks {
  /** Whom ALTER … OWNER TO names. */
  readonly owners: readonly string[];
  /** In whose names grants are made: SET SESSION AUTHORIZATION, ALTER DEFAULT PRIVILEGES FOR ROLE. */
  readonly grantors: readonly string[];
  /** Grantees, and the roles of policies and user mappings. */
  readonly named: readonly string[];
  /** The roles that each GRANT or REVOKE names, and in whose name it is made; none for PUBLIC in the owner's. */
  readonly grants: readonly (readonly string[])[];
  readonly requirement?: Requirement | undefined;
  /** `policy ON schema.table` as SQL has it: of a policy, and of a comment on one. */
  readonly policy?: string | undefined;
  readonly isRestrictive?: boolean;
}

const NOTHING: Asks = { owners: [], grantors: [], named: [], grants: [] };

const AUTHORIZATION = new RegExp(`^SET SESSION AUTHORIZATION (${IDENTIFIER});$`, 's');
const POLICY = new RegExp(
  String.raw`^(?:CREATE|COMMENT ON) POLICY (${IDENTIFIER} ON ${IDENTIFIER}\.${IDENTIFIER})(.*)`,
  's',
);
/** pg_dump writes each of these on a line of its own. */
const FUNCTION_TRAITS = new RegExp(
  String.raw`\n    (?:TRANSFORM [^\n]*\n    )?LANGUAGE (${IDENTIFIER})([^\n]*)((?:\n    SET [^\n]*)*)`,
);
const FUNCTION_SETTING = new RegExp(String.raw`\n    SET (${IDENTIFIER}(?:\.${IDENTIFIER})*) TO`, 'g');

/** The role that a grant is made in the name of from here on, by the statement that says so; pg_dump resets it after each. */
export function grantorOf(statement: string): string | undefined {
  const role = AUTHORIZATION.exec(statement)?.[1];
  return role === undefined ? undefined : unquoteIdentifier(role);
}

/** Of an ACL entry; the others say in whose name grants are made. */
export function isGrant(statement: string): boolean {
  return /^(?:GRANT|REVOKE) /.test(statement);
}

/** @param statements of one entry, as text */
export function asksOf(header: EntryHeader, statements: readonly string[]): Asks {
  const owners: string[] = [];
  const grantors: string[] = [];
  const named: string[] = [];
  const grants: string[][] = [];
  let behalf: string[] = [];
  for (const text of statements) {
    const owner = text.startsWith('ALTER ') ? parseOwner(text) : undefined;
    if (owner !== undefined) owners.push(owner);
    const roles = rolesIn(header, text);
    if (header.type === 'DEFAULT ACL') {
      grantors.push(...roles.slice(0, 1));
      named.push(...roles.slice(1));
      grants.push(roles);
      continue;
    }
    named.push(...roles);
    if (header.type !== 'ACL') continue;
    const grantor = grantorOf(text);
    if (grantor !== undefined) {
      grantors.push(grantor);
      behalf = [grantor];
    } else if (isGrant(text)) grants.push([...behalf, ...roles]);
    else behalf = [];
  }
  const [first = ''] = statements;
  const requirement = requirementOf(header, first);
  const policy = header.type === 'POLICY' || header.type === 'COMMENT' ? POLICY.exec(first) : null;
  if (owners.length + named.length + grants.length === 0 && !requirement && !policy) return NOTHING;
  return {
    owners,
    grantors,
    named,
    grants,
    requirement,
    ...(policy && { policy: policy[1], isRestrictive: policy[2]?.startsWith(' AS RESTRICTIVE') ?? false }),
  };
}

function requirementOf({ type }: EntryHeader, text: string): Requirement | undefined {
  switch (type) {
    case 'EVENT TRIGGER':
      return { of: 'event-triggers' };
    case 'PUBLICATION':
      return text.includes(' FOR ALL TABLES') ? { of: 'publications' } : undefined;
    case 'PUBLICATION TABLES IN SCHEMA':
      return { of: 'publications' };
    case 'SUBSCRIPTION':
      return { of: 'subscriptions' };
    case 'PROCEDURAL LANGUAGE':
      return { of: 'languages' };
    case 'OPERATOR CLASS':
    case 'OPERATOR FAMILY':
      return { of: 'operator-classes' };
    case 'ACCESS METHOD':
      return { of: 'access-methods' };
    case 'TEXT SEARCH PARSER':
    case 'TEXT SEARCH TEMPLATE':
      return { of: 'text-search' };
    case 'FOREIGN DATA WRAPPER':
      return { of: 'foreign-data' };
    case 'SERVER': {
      const wrapper = new RegExp(` FOREIGN DATA WRAPPER (${IDENTIFIER})`, 's').exec(text)?.[1];
      return { of: 'server', wrapper: unquoteIdentifier(wrapper ?? '') };
    }
    // Types of users are written with their schema, and those who make them own them.
    case 'CAST':
      return text.includes(' WITHOUT FUNCTION') ||
        !/^CREATE CAST \(.*\..* AS |^CREATE CAST \(.* AS .*\..*\) /s.test(text)
        ? { of: 'casts' }
        : undefined;
    case 'TRANSFORM':
      return /^CREATE TRANSFORM FOR \S*\./.test(text) ? undefined : { of: 'transforms' };
    case 'SHELL TYPE':
      return { of: 'base-types' };
    case 'TYPE':
      return /^CREATE TYPE (?:(?! AS ).)*?(?: \(\n    INTERNALLENGTH|;$)/s.test(text)
        ? { of: 'base-types' }
        : undefined;
    case 'AGGREGATE':
      return /\n    STYPE = internal\b/.test(text) ? { of: 'superuser-functions' } : undefined;
    case 'FUNCTION':
    case 'PROCEDURE':
      return requirementOfRoutine(text);
    case 'EXTENSION': {
      const name = new RegExp(`^CREATE EXTENSION (?:IF NOT EXISTS )?(${IDENTIFIER})`).exec(text)?.[1];
      return name === undefined ? undefined : { of: 'extension', extension: unquoteIdentifier(name) };
    }
    case 'SECURITY LABEL': {
      const provider = new RegExp(`^SECURITY LABEL FOR (${IDENTIFIER}) ON `).exec(text)?.[1];
      return provider === undefined ? undefined : { of: 'security-labels', provider: unquoteIdentifier(provider) };
    }
    default:
      return undefined;
  }
}

function requirementOfRoutine(text: string): Requirement | undefined {
  const [, language = '', traits = '', settings = ''] = FUNCTION_TRAITS.exec(text) ?? [];
  if (/ LEAKPROOF\b| SUPPORT /.test(traits)) return { of: 'superuser-functions' };
  const names = [...settings.matchAll(FUNCTION_SETTING)].map(([, name = '']) => unquoteIdentifier(name));
  const own = names.filter((name) => name !== 'search_path');
  // pg_dump names internal and C in lower case, as the catalog does.
  const name = unquoteIdentifier(language);
  if (own.length > 0 && (name === 'sql' || name === 'plpgsql')) return { of: 'function-settings', settings: own };
  return name === '' || name === 'sql' ? undefined : { of: 'function-language', language: name };
}
