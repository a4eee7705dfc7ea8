/**
 * The canonical form of a statement: the same for any two texts that PostgreSQL prints for one definition.
 *
 * A definition that was dumped, loaded and dumped again may be printed in another form. These are all the ways that
 * were found (test/integration/dump/reprint.test.ts looks for them on a real server). Each is undone separately, so
 * that a changed cast, operator, literal, name or nesting still shows:
 *
 * - A cast of an array constructor moves into its elements: `(ARRAY['a'::varchar, b])::text[]` becomes
 *   `ARRAY[('a'::varchar)::text, (b)::text]` (`status IN ('a', 'b')` on a varchar column does this).
 * - An AND (or OR) whose first operand is an AND (or OR) loses the parentheses around it: `((a AND b) AND c)` becomes
 *   `(a AND b AND c)` (`x BETWEEN 1 AND 2 AND c` does this).
 * - The columns of a table that inherits come in a different order.
 * - A literal without a type in a SELECT list gets one, and with it a name: `NULL::integer` becomes
 *   `NULL::integer AS int4`.
 * - Grants come in a different order.
 * - The options of a dictionary are stored with quotes where it is made with quote_all_identifiers, and without otherwise.
 * - The line breaks and indentation follow from the other differences.
 */
import { pushArrayCasts } from './array-cast.js';
import { noteImpliedName, withoutImpliedNames } from './implied-names.js';
import { isGroup, joinWithCommas, parseItems, printItems, splitAtCommas, type Item } from './expression-tree.js';

/** The types whose statements hold expressions, grants, inherited columns or options: only these can be printed differently. */
const TYPES: ReadonlySet<string> = new Set([
  'ACL',
  'CHECK CONSTRAINT',
  'CONSTRAINT',
  'DEFAULT',
  'DEFAULT ACL',
  'DOMAIN',
  'FOREIGN TABLE',
  'FUNCTION',
  'INDEX',
  'MATERIALIZED VIEW',
  'POLICY',
  'PROCEDURE',
  'PUBLICATION TABLE',
  'RULE',
  'STATISTICS',
  'TABLE',
  'TABLE ATTACH',
  'TEXT SEARCH DICTIONARY',
  'TRIGGER',
  'VIEW',
]);

/** Words next to which an AND need not join whole operands. */
const NO_BOOLEAN: ReadonlySet<Item> = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE', 'CASE', 'BETWEEN']);

/**
 * Whether entries of a type have a canonical form. Decided by type and not by text, so that both sides of a comparison
 * have one.
 */
export function hasCanonicalForm(type: string): boolean {
  return TYPES.has(type);
}

/** @param statements of one entry, in Latin-1 (bytes as characters) */
export function canonicalText(type: string, statements: readonly string[]): string {
  if (type === 'ACL' || type === 'DEFAULT ACL') return sortedGrants(statements);
  if (type === 'TEXT SEARCH DICTIONARY') return statements.map(withFewerQuotes).join('\n');
  return statements.map((text) => printItems(sortInheritedColumns(parseItems(text, rewrite)))).join('\n');
}

function rewrite(items: Item[]): Item[] {
  const kept = flattenBoolean(pushArrayCasts(withoutImpliedNames(items)));
  noteImpliedName(kept);
  return kept;
}

/** Names that are words, without their quotes: only one thing can stand in their places. */
function withFewerQuotes(text: string): string {
  return printItems(
    parseItems(text, (items) =>
      items.map((item) => (typeof item === 'string' && WORD_IN_QUOTES.exec(item)?.[1]) || item),
    ),
  );
}

const WORD_IN_QUOTES = /^"([a-z_][a-z0-9_]*)"$/;

/** A grant made by somebody other than the owner is enclosed by two statements that set and reset the grantor. */
function sortedGrants(statements: readonly string[]): string {
  const grants: string[] = [];
  let grantor = '';
  for (const text of statements) {
    if (text.startsWith('SET SESSION AUTHORIZATION ')) grantor = text;
    else if (text === 'RESET SESSION AUTHORIZATION;') grantor = '';
    else grants.push(grantor + text);
  }
  return grants.sort().join('\n');
}

/**
 * `((a AND b) AND c)` becomes `(a AND b AND c)`. Only the first operand: that is where PostgreSQL's grammar does it.
 */
function flattenBoolean(items: Item[]): Item[] {
  const [first, connective] = items;
  if (!isGroup(first, '(') || (connective !== 'AND' && connective !== 'OR')) return items;
  if (joinedBy.get(first.items) !== connective && !joinsAllBy(connective, first.items)) return items;
  const rest = items.slice(1);
  for (const item of rest) first.items.push(item);
  if (joinsAllBy(connective, rest)) joinedBy.set(first.items, connective);
  else joinedBy.delete(first.items);
  return first.items;
}

/** Which lists have already been joined, so that a long chain takes linear time. */
const joinedBy = new WeakMap<readonly Item[], 'AND' | 'OR'>();

function joinsAllBy(connective: 'AND' | 'OR', items: readonly Item[]): boolean {
  const other = connective === 'AND' ? 'OR' : 'AND';
  return items.includes(connective) && !items.some((item) => item === other || NO_BOOLEAN.has(item));
}

/** `CREATE TABLE … ( … ) INHERITS ( … )`: columns and constraints are compared as a set. */
function sortInheritedColumns(items: Item[]): Item[] {
  const body = items[items.indexOf('INHERITS') - 1];
  if (items[0] !== 'CREATE' || !isGroup(body, '(')) return items;
  const sorted = splitAtCommas(body.items).sort((a, b) => (printItems(a) < printItems(b) ? -1 : 1));
  return items.map((item) => (item === body ? { open: '(', items: joinWithCommas(sorted) } : item));
}
