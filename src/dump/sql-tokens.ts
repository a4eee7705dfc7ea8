/** Cuts a complete statement into tokens, for the canonical form. White space and `--` comments are left out. */

const WORD = /[A-Za-z_\x80-\xff][\w$\x80-\xff]*/y;
const NUMBER = /\d[\w.]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$/y;
const BLANKS = /(?:\s+|--[^\n]*)+/y;
/** @param text in Latin-1 (bytes as characters), as its encoding does not matter here */
export function sqlTokens(text: string): string[] {
  const tokens: string[] = [];
  let at = 0;
  while (at < text.length) {
    const blanks = matchAt(BLANKS, text, at);
    if (blanks > at) {
      at = blanks;
      continue;
    }
    const end = tokenEnd(text, at);
    tokens.push(text.slice(at, end));
    at = end;
  }
  return tokens;
}

function tokenEnd(text: string, at: number): number {
  const c = text[at];
  if (c === "'" || c === '"') return quotedEnd(text, at, c);
  if (c === ':' && text[at + 1] === ':') return at + 2;
  if ((c === 'E' || c === 'e') && text[at + 1] === "'") {
    return escapeStringEnd(text, at + 1);
  }
  if (c === '$') {
    const bodyStart = matchAt(DOLLAR_TAG, text, at);
    if (bodyStart === at) return at + 1;
    const tag = text.slice(at, bodyStart);
    const end = text.indexOf(tag, bodyStart);
    return end < 0 ? text.length : end + tag.length;
  }
  return Math.max(matchAt(WORD, text, at), matchAt(NUMBER, text, at), at + 1);
}

/** The end of `'…'` or `"…"`, in which the quote itself is doubled. */
function quotedEnd(text: string, at: number, quote: string): number {
  for (let from = at + 1; ;) {
    const end = text.indexOf(quote, from);
    if (end < 0) return text.length;
    if (text[end + 1] !== quote) return end + 1;
    from = end + 2;
  }
}

/** The end of the string of an `E'…'`, whose first quote is at `at`. A loop: literals are too long for backtracking. */
function escapeStringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === "'" && text[++i] !== "'") return i;
  }
  return text.length;
}

/** Where a match that begins exactly at `at` ends; `at` itself when there is none. */
function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
