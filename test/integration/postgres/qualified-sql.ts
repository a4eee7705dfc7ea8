/** Finds what a search_path could decide in a text of SQL. */

/** What the grammar itself knows, and looks up nowhere. */
const SYNTAX = new Set(
  `and or not in any all some exists as on from where when then else case values coalesce nullif greatest least array row
   rows select union except intersect using over filter with recursive lateral join distinct by cast of to is like between
   unique primary check references ordinality table schema tables sequences routines set encoding option options function operator`
    .split(/\s+/)
    .concat(['(']),
);

/** Names of a query's own: `AS v (name, value)`, `WITH reached (…)`. */
const ALIAS = /(?:\bAS|\bWITH(?:\s+RECURSIVE)?|,)\s+$/i;

/** Functions and types without a schema. */
export function unqualified(sql: string): string[] {
  const text = sql
    // Literals, quoted names, dollar quotes and comments hold no code of ours.
    .replaceAll(/E?'(?:[^'\\]|\\.|'')*'/g, "''")
    .replaceAll(/"(?:[^"]|"")*"/g, '"q"')
    .replaceAll(/--.*$/gm, '')
    // An operator that is named with its schema.
    .replaceAll(/\bOPERATOR\(pg_catalog\.[^\w\s()]+\)/gi, ' ');
  const found: string[] = [];
  for (const match of text.matchAll(/(?<![\w."$])([a-z_]\w*)\s*\(/gi)) {
    const word = match[1] ?? '';
    if (SYNTAX.has(word.toLowerCase()) || ALIAS.test(text.slice(0, match.index))) continue;
    if (/^(?:INSERT|GRANT|REVOKE|ALTER|CREATE|COPY|ANALYZE|LOCK|COMMENT|SECURITY)\b/i.test(text)) continue;
    found.push(`function ${word}`);
  }
  for (const match of text.matchAll(/::\s*(?!pg_catalog\.)("?\w+"?)/g)) found.push(`type ${match[1]}`);
  for (const match of text.matchAll(/\bCAST\s*\([^()]*\bAS\s+(?!pg_catalog\.)(\w+)/gi)) found.push(`type ${match[1]}`);
  return found;
}
