/**
 * Leaves out the names that PostgreSQL gives to the columns of a SELECT list by itself.
 *
 * `SELECT NULL` in a view has no type of its own, so its column is called `?column?`, which is not printed; its type is:
 * `SELECT NULL::integer`. Read again, the cast names the column after its type, and that is printed:
 * `SELECT NULL::integer AS int4`. The same happens to strings, dates, negative and big numbers.
 */
import { isEmptyBrackets, typeNameEnd } from './array-cast.js';
import { isGroup, type Item } from './expression-tree.js';

/** What stands before a column of a SELECT list. */
const BEFORE_COLUMN: ReadonlySet<Item | undefined> = new Set(['SELECT', 'DISTINCT', ',']);

/** What the catalog calls the types that SQL has other names for. */
const INTERNAL: Readonly<Record<string, string>> = {
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  real: 'float4',
  'double precision': 'float8',
  boolean: 'bool',
  character: 'bpchar',
  'character varying': 'varchar',
  'bit varying': 'varbit',
  'time with time zone': 'timetz',
  'time without time zone': 'time',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
};

/** `'x'::text AS text` becomes `'x'::text`, at every place in a list of items. */
export function withoutImpliedNames(items: Item[]): Item[] {
  if (!items.includes('AS') || !items.includes('::')) return items;
  const out: Item[] = [];
  let i = 0;
  while (i < items.length) {
    const end = BEFORE_COLUMN.has(items[i - 1]) ? namedCastEnd(items, i) : undefined;
    if (end === undefined) {
      out.push(items[i++] as Item);
      continue;
    }
    for (const item of items.slice(i, end - 2)) out.push(item);
    i = end;
  }
  return out;
}

/** The index after `literal::type AS name` at `at`, where the name is that of the type. */
function namedCastEnd(items: readonly Item[], at: number): number | undefined {
  if (!isLiteral(items[at]) || items[at + 1] !== '::') return undefined;
  const nameEnd = typeNameEnd(items, at + 2);
  if (nameEnd === at + 2) return undefined;
  let end = nameEnd;
  while (isEmptyBrackets(items[end])) end++;
  if (items[end] !== 'AS' || plain(items[end + 1]) !== plain(nameOf(items.slice(at + 2, nameEnd)))) return undefined;
  return end + 2;
}

function isLiteral(item: Item | undefined): boolean {
  return item === 'NULL' || (typeof item === 'string' && /^(?:[Ee]?'|\d)/.test(item));
}

/** The last part of a type's name, as the catalog has it; without lengths. */
function nameOf(type: readonly Item[]): string {
  const words = type.filter((item) => !isGroup(item, '(')) as string[];
  const own = words.slice(words.lastIndexOf('.') + 1);
  if (own[0] === 'interval') return 'interval';
  return INTERNAL[own.join(' ')] ?? own.join(' ');
}

/** Some names of types are keywords, and quoted as a column's. */
function plain(name: Item | undefined): string | undefined {
  return typeof name === 'string' ? name.replace(/^"(.*)"$/s, '$1') : undefined;
}
