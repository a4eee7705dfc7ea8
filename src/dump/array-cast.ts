/** Moves the cast of an array constructor into its elements, as PostgreSQL does when it reads one. */
import { isGroup, isWord, joinWithCommas, splitAtCommas, type Group, type Item } from './expression-tree.js';

/** Words that may follow the first one of a type's name. */
const TYPE_WORDS: ReadonlySet<string> = new Set(
  'varying precision with without time zone year month day hour minute second to'.split(' '),
);

/** Keywords that an operand may follow. After any other word, parentheses hold arguments. */
const BEFORE_OPERAND: ReadonlySet<Item | undefined> = new Set(
  'SELECT DISTINCT RETURN DEFAULT CASE WHEN THEN ELSE AND OR NOT BY'.split(' '),
);

/**
 * `(ARRAY[a, b])::T[]` and `ARRAY[a, b]::T[]` become `ARRAY[(a)::T, (b)::T]`, at every place in a list of items.
 *
 * An array without elements keeps its cast: it has no other type.
 */
export function pushArrayCasts(items: Item[]): Item[] {
  if (!items.includes('ARRAY') && !items.includes('::')) return items;
  const out: Item[] = [];
  let i = 0;
  while (i < items.length) {
    const array = arrayAt(items, i);
    if (!array) {
      out.push(items[i++] as Item);
      continue;
    }
    const type = items[array.end] === '::' ? arrayTypeAt(items, array.end + 1) : undefined;
    if (type && array.elements.items.length > 0) {
      out.push('ARRAY', castElements(array.elements, type.element));
      i = type.end;
    } else {
      for (const item of items.slice(i, array.end)) out.push(item === array.elements ? plainElements(item) : item);
      i = array.end;
    }
  }
  return out;
}

/** An array constructor at `at`, with or without parentheses around it; `end` is the index after it. */
function arrayAt(items: readonly Item[], at: number): { readonly elements: Group; readonly end: number } | undefined {
  const first = items[at];
  const second = items[at + 1];
  if (first === 'ARRAY' && isGroup(second, '[')) return { elements: second, end: at + 2 };
  if (!isGroup(first, '(') || first.items.length !== 2) return undefined;
  if (isWord(items[at - 1]) && !BEFORE_OPERAND.has(items[at - 1])) return undefined;
  const [word, elements] = first.items;
  return word === 'ARRAY' && isGroup(elements, '[') ? { elements, end: at + 1 } : undefined;
}

/** The type `T[]` at `at`: the items of `T`, and the index after the brackets. */
function arrayTypeAt(
  items: readonly Item[],
  at: number,
): { readonly element: readonly Item[]; readonly end: number } | undefined {
  const nameEnd = typeNameEnd(items, at);
  let end = nameEnd;
  while (isEmptyBrackets(items[end])) end++;
  return end > nameEnd && nameEnd > at ? { element: items.slice(at, nameEnd), end } : undefined;
}

/** The index after the name of the type at `at`, without brackets; `at` where there is none. */
export function typeNameEnd(items: readonly Item[], at: number): number {
  if (!isWord(items[at])) return at;
  let i = at + 1;
  while (items[i] === '.' && isWord(items[i + 1])) i += 2;
  while (isGroup(items[i], '(') || TYPE_WORDS.has(items[i] as string)) i++;
  return i;
}

export function isEmptyBrackets(item: Item | undefined): boolean {
  return isGroup(item, '[') && item.items.length === 0;
}

function castElements(elements: Group, type: readonly Item[]): Group {
  const parts = splitAtCommas(elements.items).map((part): Item[] => {
    const [first, second] = part;
    if (part.length === 2 && first === 'ARRAY' && isGroup(second, '[')) return [first, castElements(second, type)];
    return withoutNeedlessParentheses([{ open: '(', items: part }, '::', ...type]);
  });
  return { open: '[', items: joinWithCommas(parts) };
}

function plainElements(elements: Group): Group {
  return { open: '[', items: joinWithCommas(splitAtCommas(elements.items).map(withoutNeedlessParentheses)) };
}

/** `(operand)::T` becomes `operand::T`: both are printed, for statistics in the second form. */
function withoutNeedlessParentheses(part: Item[]): Item[] {
  let items = part;
  for (let first = items[0]; isGroup(first, '(') && items[1] === '::' && isOperand(first.items); first = items[0]) {
    items = [...first.items, ...items.slice(1)];
  }
  return items;
}

/** Whether items are one operand that binds tighter than a cast: a literal, a name, a call, or a cast of one. */
function isOperand(items: readonly Item[]): boolean {
  let i = 1;
  if (items[0] === 'ARRAY' && isGroup(items[1], '[')) i = 2;
  else if (isWord(items[0])) {
    while (items[i] === '.' && isWord(items[i + 1])) i += 2;
    while (typeof items[i] === 'object') i++;
  } else if (!isGroup(items[0], '(') && !/^(?:[Ee]?'|\d)/.test(String(items[0]))) {
    return false;
  }
  while (items[i] === '::') {
    i = typeNameEnd(items, i + 1);
    while (isEmptyBrackets(items[i])) i++;
  }
  return i === items.length;
}
