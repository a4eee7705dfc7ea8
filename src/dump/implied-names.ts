/**
 * Leaves out the names that PostgreSQL gives to the columns of a SELECT list by itself.
 *
 * `SELECT NULL` in a view has no type of its own, so its column is called `?column?`, which is not printed; its type is:
 * `SELECT NULL::integer`. Read again, the cast names the column after its type, and that is printed:
 * `SELECT NULL::integer AS int4`. The same happens to strings, dates, negative and big numbers. A column that is a query
 * is called after the column of that: `SELECT (SELECT 'x'::text)` becomes `SELECT (SELECT 'x'::text AS text) AS text`.
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

/** What may follow the only column of a query. */
const AFTER_COLUMN: ReadonlySet<Item | undefined> = new Set([
  undefined,
  ...['FROM', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'UNION', 'INTERSECT', 'EXCEPT', 'ORDER', 'LIMIT', 'OFFSET'],
  ...['FETCH', 'FOR'],
]);

/** The name that a column gets from what stands in these parentheses, and whether a cast of it leaves it that. */
const impliedBy = new WeakMap<readonly Item[], { readonly name: string; readonly castToo: boolean }>();

/** `'x'::text AS text` becomes `'x'::text`, at every place in a list of items. */
export function withoutImpliedNames(items: Item[]): Item[] {
  if (!items.includes('AS')) return items;
  const out: Item[] = [];
  let i = 0;
  while (i < items.length) {
    const named = BEFORE_COLUMN.has(items[i - 1]) ? impliedName(items, i) : undefined;
    if (!named || items[named.end] !== 'AS' || plain(items[named.end + 1]) !== plain(named.name)) {
      out.push(items[i++] as Item);
      continue;
    }
    for (const item of items.slice(i, named.end)) out.push(item);
    i = named.end + 2;
  }
  return out;
}

/**
 * Remembers which name a column gets from the items of a group in parentheses; to be called with them as they are kept,
 * after the groups in them.
 */
export function noteImpliedName(items: readonly Item[]): void {
  const [first] = items;
  if (first === 'SELECT' || first === 'WITH') {
    const select = items.indexOf('SELECT');
    const column = items[select + 1] === 'DISTINCT' ? select + 2 : select + 1;
    const named = select < 0 ? undefined : impliedName(items, column);
    if (named && AFTER_COLUMN.has(items[named.end])) impliedBy.set(items, { name: named.name, castToo: true });
    return;
  }
  const named = impliedName(items, 0);
  if (!named) return;
  if (items[named.end] === 'COLLATE') impliedBy.set(items, { name: named.name, castToo: false });
  // Parentheses around nothing but parentheses.
  const inner = isGroup(first, '(') && items.length === 1 ? impliedBy.get(first.items) : undefined;
  if (inner) impliedBy.set(items, inner);
}

/** The name of the column that begins at `at`, where PostgreSQL takes it from a type, and where its expression ends. */
function impliedName(items: readonly Item[], at: number): { readonly name: string; readonly end: number } | undefined {
  const item = items[at];
  if (isGroup(item, '(')) {
    const implied = impliedBy.get(item.items);
    if (!implied) return undefined;
    const end = castEnd(items, at + 1);
    return end > at + 1 && !implied.castToo ? undefined : { name: implied.name, end };
  }
  if (!isLiteral(item) || items[at + 1] !== '::') return undefined;
  const end = castEnd(items, at + 1);
  if (end === at + 1) return undefined;
  return { name: nameOf(items.slice(at + 2, typeNameEnd(items, at + 2))), end };
}

/** Where a `::type` at `at` ends; `at` where there is none. */
function castEnd(items: readonly Item[], at: number): number {
  if (items[at] !== '::') return at;
  const nameEnd = typeNameEnd(items, at + 1);
  if (nameEnd === at + 1) return at;
  let end = nameEnd;
  while (isEmptyBrackets(items[end])) end++;
  return end;
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
