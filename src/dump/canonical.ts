/**
 * The canonical form of a statement: equal for two texts that PostgreSQL prints for the same definition.
 *
 * A definition that was dumped, loaded and dumped again may be printed in another form: `status IN ('a', 'b')` on a
 * varchar column reads `ANY ((ARRAY['a'::character varying, …])::text[])` the first time and
 * `ANY (ARRAY[('a'::character varying)::text, …])` after a reload. Left out here are therefore casts, parentheses
 * around a single operand, white space, the order of grants, and the order of an inheriting table's columns.
 * Literals, names and operators all stay.
 */

const TOKEN =
  /\s+|--[^\n]*|E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$|::|[A-Za-z_\x80-\xff][\w$\x80-\xff]*|\d[\w.]*|[^\s]/gsu;

/** Type names of several words, and what may follow a type name. */
const TYPE_SUFFIX: Readonly<Record<string, readonly string[]>> = {
  character: ['varying'],
  bit: ['varying'],
  double: ['precision'],
};

/** The types whose statements hold expressions, grants or inherited columns: only these can be printed differently. */
const TYPES: ReadonlySet<string> = new Set([
  'ACL',
  'CHECK CONSTRAINT',
  'CONSTRAINT',
  'DEFAULT',
  'DEFAULT ACL',
  'DOMAIN',
  'FOREIGN TABLE',
  'FUNCTION',
  'INDEX',
  'MATERIALIZED VIEW',
  'POLICY',
  'PROCEDURE',
  'PUBLICATION TABLE',
  'RULE',
  'STATISTICS',
  'TABLE',
  'TABLE ATTACH',
  'TRIGGER',
  'VIEW',
]);

/** Whether entries of a type have a canonical form. By type and not by text, so that both sides of a comparison have one. */
export function hasCanonicalForm(type: string): boolean {
  return TYPES.has(type);
}

/** @param statements of one entry, in Latin-1 (bytes as characters) */
export function canonicalText(type: string, statements: readonly string[]): string {
  const forms = statements.map((text) => withoutCasts(sortInheritedColumns(text)).join(' '));
  return (isAcl(type) ? forms.sort() : forms).join('\n');
}

function isAcl(type: string): boolean {
  return type === 'ACL' || type === 'DEFAULT ACL';
}

/** The columns of a table that inherits may come back in another order: they are compared as a set. */
function sortInheritedColumns(text: string): string {
  const match = /^([^\n]* \(\n)(.*)(\n\)\nINHERITS \(.*)$/s.exec(text);
  if (!match) return text;
  const [, head = '', body = '', tail = ''] = match;
  const lines = body.split('\n').map((line) => line.replace(/,$/, ''));
  return head + lines.sort().join(',\n') + tail;
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    let token = match[0];
    if (/^\$.*\$$/s.test(token)) {
      const end = text.indexOf(token, TOKEN.lastIndex);
      const stop = end < 0 ? text.length : end + token.length;
      token = text.slice(match.index, stop);
      TOKEN.lastIndex = stop;
    }
    if (!/^\s/.test(token)) tokens.push(token);
  }
  return tokens;
}

function withoutCasts(text: string): string[] {
  const out: string[] = [];
  const tokens = tokenize(text);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as string;
    if (token === '::') {
      i = typeEnd(tokens, i + 1) - 1;
    } else if (token === ')') {
      out.push(token);
      dropParenthesesAroundOperand(out);
    } else {
      out.push(token);
    }
  }
  return out;
}

/** The index after the type name that begins at `at`. */
function typeEnd(tokens: readonly string[], at: number): number {
  let i = at + 1;
  while (tokens[i] === '.') i += 2;
  if (TYPE_SUFFIX[tokens[i - 1] ?? '']?.includes(tokens[i] ?? '')) i++;
  if (tokens[i] === '(') i = tokens.indexOf(')', i) + 1 || tokens.length;
  if ((tokens[i] === 'with' || tokens[i] === 'without') && tokens[i + 1] === 'time' && tokens[i + 2] === 'zone') i += 3;
  while (tokens[i] === '[' && tokens[i + 1] === ']') i += 2;
  return i;
}

/** `( operand )` at the end of `out` becomes `operand`, unless the parentheses are a call's. */
function dropParenthesesAroundOperand(out: string[]): void {
  const start = operandStart(out, out.length - 2);
  if (start < 1 || out[start - 1] !== '(') return;
  const before = out[start - 2];
  if (before !== undefined && (isWord(before) || before === ']')) return;
  out.splice(start - 1, 1);
  out.pop();
}

/** Where the single operand that ends at `end` begins: a literal, a name, or `ARRAY[…]`; -1 when it is none. */
function operandStart(out: readonly string[], end: number): number {
  const last = out[end];
  if (last === undefined) return -1;
  if (last === ']') {
    let depth = 0;
    for (let i = end; i >= 0; i--) {
      if (out[i] === ']') depth++;
      else if (out[i] === '[' && --depth === 0) return out[i - 1] === 'ARRAY' ? i - 1 : -1;
    }
    return -1;
  }
  if (!isWord(last) && !/^(?:E?'|\d)/.test(last)) return -1;
  let start = end;
  while (out[start - 1] === '.' && start >= 2) start -= 2;
  return start;
}

function isWord(token: string): boolean {
  return /^["A-Za-z_\x80-\xff]/.test(token) && !/^E'/.test(token);
}
