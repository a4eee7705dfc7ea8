/** Names and values as SQL text. */

/** `orders` → `"orders"`. Always quoted, so that no name is mistaken for a keyword or folded to lower case. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"Or""ders"` → `Or"ders`; a name without quotes stays. */
export function unquoteIdentifier(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
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
  // Searched in text and delimiter together: the text may end with the beginning of the delimiter.
  while (`${text}$${tag}$`.indexOf(`$${tag}$`) < text.length) tag += 'q';
  return `$${tag}$${text}$${tag}$`;
}
