/** Names and values as SQL text. */

/** `orders` → `"orders"`. Always quoted, so that no name is mistaken for a keyword or folded to lower case. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `it's` → `'it''s'`; with a backslash `E'…'`, which reads the same under either standard_conforming_strings. */
export function quoteLiteral(value: string): string {
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** `public`, `orders` → `"public"."orders"`. */
export function qualifiedName(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** `text` → `$$text$$`, or with a longer delimiter where that text contains this one. */
export function quoteDollars(text: string): string {
  let tag = '';
  // A text that ends in a dollar sign would run into a delimiter without a tag.
  while (text.includes(`$${tag}$`) || (tag === '' && text.endsWith('$'))) tag += 'q';
  return `$${tag}$${text}$${tag}$`;
}
