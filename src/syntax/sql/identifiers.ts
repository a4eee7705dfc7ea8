/** Names and values as SQL text. */

/** `orders` → `"orders"`. Always quoted, so that no name is mistaken for a keyword or folded to lower case. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"Or""ders"` → `Or"ders`; a name without quotes stays. */
export function unquoteIdentifier(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** A name as PostgreSQL and pg_dump write it, for regular expressions: in quotes, or without where it needs none. */
export const IDENTIFIER = String.raw`(?:"(?:[^"]|"")*"|[^\s".,;()]+)`;

/** `"$user", public` → `$user`, `public`: as the server writes such lists. */
export function splitNames(list: string): string[] {
  // Not all of them are identifiers: a library's name has dots and slashes.
  return [...list.matchAll(/"(?:[^"]|"")*"|[^",\s]+/g)].map(([name]) => unquoteIdentifier(name));
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
