/** The patterns of pg_dump's `--schema` and `--exclude-table-data`, as regular expressions of PostgreSQL. */

/** One pattern for a schema and one for a name; `undefined` where the pattern does not restrict it. */
export interface NamePattern {
  readonly schema: string | undefined;
  readonly name: string;
}

/**
 * `Sales.ord*` → schema `^(sales)$`, name `^(ord.*)$`; `"Odd.name"` → name `^(Odd\.name)$`.
 *
 * As in psql and pg_dump: letters fold to lower case outside double quotes, `*` is any text and `?` any character
 * outside them, a dot outside them separates schema and name. Other characters of regular expressions keep their
 * meaning outside quotes, except `$`.
 */
export function parseNamePattern(pattern: string): NamePattern {
  const parts: string[] = [''];
  let quoted = false;
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] ?? '';
    const last = parts.length - 1;
    const append = (text: string) => (parts[last] += text);
    if (character === '"') {
      if (quoted && pattern[index + 1] === '"') {
        append('"');
        index++;
      } else quoted = !quoted;
    } else if (quoted) append(/[|*+?()[\]{}.^$\\]/.test(character) ? `\\${character}` : character);
    else if (character === '*') append('.*');
    else if (character === '?') append('.');
    else if (character === '.') parts.push('');
    else if (character === '$') append('\\$');
    else append(character.toLowerCase());
  }
  const anchor = (part: string) => `^(${part})$`;
  const name = parts.at(-1) ?? '';
  // A third part in front would be the database, which pg_dump checks by itself.
  const schema = parts.at(-2);
  return { schema: schema === undefined ? undefined : anchor(schema), name: anchor(name) };
}
