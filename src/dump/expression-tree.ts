/**
 * A statement as nested parentheses and brackets, for the canonical form.
 *
 * Nothing here recurses into the nesting: a hostile definition must not be able to exhaust the stack.
 */
import { sqlTokens } from '../syntax/sql/tokens.js';

/** A token, or what stands in one pair of parentheses or brackets. */
export type Item = string | Group;

export interface Group {
  readonly open: '(' | '[';
  readonly items: Item[];
}

export function isGroup(item: Item | undefined, open: Group['open']): item is Group {
  return typeof item === 'object' && item.open === open;
}

/**
 * Nests the tokens of a statement.
 *
 * @param rewrite gets the items of each group when it closes, innermost first, and at last those of the whole
 *   statement; what it returns takes their place
 */
export function parseItems(text: string, rewrite: (items: Item[]) => Item[]): Item[] {
  const outer: { readonly open: Group['open']; readonly items: Item[] }[] = [];
  let items: Item[] = [];
  const close = () => {
    const parent = outer.pop();
    if (!parent) return false;
    parent.items.push({ open: parent.open, items: rewrite(items) });
    items = parent.items;
    return true;
  };
  for (const token of sqlTokens(text)) {
    if (token === '(' || token === '[') {
      outer.push({ open: token, items });
      items = [];
    } else if (token === ')' || token === ']') {
      if (!close()) items.push(token);
    } else {
      items.push(token);
    }
  }
  while (close());
  return rewrite(items);
}

/** The tokens, joined by single spaces. */
export function printItems(items: readonly Item[]): string {
  const out: string[] = [];
  const todo: Item[] = items.toReversed();
  for (let item = todo.pop(); item !== undefined; item = todo.pop()) {
    if (typeof item === 'string') {
      out.push(item);
      continue;
    }
    out.push(item.open);
    todo.push(item.open === '(' ? ')' : ']');
    for (let i = item.items.length - 1; i >= 0; i--) todo.push(item.items[i] as Item);
  }
  return out.join(' ');
}

/** The parts between top-level commas. */
export function splitAtCommas(items: readonly Item[]): Item[][] {
  const parts: Item[][] = [[]];
  for (const item of items) {
    if (item === ',') parts.push([]);
    else parts.at(-1)?.push(item);
  }
  return parts;
}

export function joinWithCommas(parts: readonly (readonly Item[])[]): Item[] {
  const items: Item[] = [];
  parts.forEach((part, index) => {
    if (index > 0) items.push(',');
    for (const item of part) items.push(item);
  });
  return items;
}

export function isWord(item: Item | undefined): item is string {
  return typeof item === 'string' && /^["A-Za-z_\x80-\xff]/.test(item) && !/^[Ee]'/.test(item);
}
