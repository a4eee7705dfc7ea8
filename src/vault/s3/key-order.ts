/**
 * S3 lists in the order of UTF-8, which is that of code points; a store lists by UTF-16 code units. The two differ
 * where one key has a character from U+E000 to U+FFFF and the other one beyond U+FFFF: in UTF-16 the latter begins with
 * a surrogate, which is smaller.
 */

const AFTER_SURROGATES = /[\ue000-\uffff]/;

/** Takes items ordered by the code points of their keys and yields them in the order of UTF-16 code units. */
export async function* inCodeUnitOrder<T extends { readonly key: string }>(items: AsyncIterable<T>): AsyncGenerator<T> {
  /** What all held keys begin with; whatever must come before one of them begins with it too. */
  let root = '';
  let held: T[] = [];
  for await (const item of items) {
    if (held.length > 0 && item.key.startsWith(root)) {
      held.push(item);
      continue;
    }
    yield* held.sort(byCodeUnits);
    held = [];
    const at = item.key.search(AFTER_SURROGATES);
    if (at === -1) {
      yield item;
    } else {
      root = item.key.slice(0, at);
      held.push(item);
    }
  }
  yield* held.sort(byCodeUnits);
}

function byCodeUnits(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : 1;
}
