/**
 * Cuts a complete statement into tokens. White space and `--` comments are left out.
 *
 * By hand: parsers of SQL want UTF-8 and a version of the language; these are pg_dump's statements in any encoding.
 */

const enum Class {
  Symbol,
  Blank,
  WordStart,
  Digit,
}

const DOLLAR = 0x24;
const DOLLAR_TAG = /\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$/y;

const CLASSES = Uint8Array.from({ length: 256 }, (_, code) => {
  const c = String.fromCharCode(code);
  if (/\s/.test(c) && code < 0x80) return Class.Blank;
  if (/[A-Za-z_\x80-\xff]/.test(c)) return Class.WordStart;
  return /\d/.test(c) ? Class.Digit : Class.Symbol;
});

/** @param text in Latin-1 (bytes as characters), because its encoding does not matter here */
export function sqlTokens(text: string): string[] {
  const tokens: string[] = [];
  eachToken(text, (start, end) => tokens.push(text.slice(start, end)));
  return tokens;
}

/** As {@link sqlTokens}, with the positions of the tokens instead of their text. */
export function eachToken(text: string, visit: (start: number, end: number) => void): void {
  let at = 0;
  while (at < text.length) {
    if (CLASSES[text.charCodeAt(at)] === Class.Blank) {
      at++;
    } else if (text.startsWith('--', at)) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else {
      const end = tokenEnd(text, at);
      visit(at, end);
      at = end;
    }
  }
}

function tokenEnd(text: string, at: number): number {
  const c = text[at];
  if (c === "'" || c === '"') return quotedEnd(text, at, c);
  if (c === ':' && text[at + 1] === ':') return at + 2;
  if ((c === 'E' || c === 'e') && text[at + 1] === "'") return escapeStringEnd(text, at + 1);
  if (c === '$') return dollarQuoteEnd(text, at);
  const kind = CLASSES[text.charCodeAt(at)];
  if (kind === Class.WordStart) return wordEnd(text, at + 1);
  return kind === Class.Digit ? numberEnd(text, at + 1) : at + 1;
}

function wordEnd(text: string, at: number): number {
  let i = at;
  for (let code = text.charCodeAt(i); ; code = text.charCodeAt(++i)) {
    const kind = CLASSES[code];
    if (kind !== Class.WordStart && kind !== Class.Digit && code !== DOLLAR) return i;
  }
}

function numberEnd(text: string, at: number): number {
  let i = at;
  while (
    CLASSES[text.charCodeAt(i)] === Class.WordStart ||
    CLASSES[text.charCodeAt(i)] === Class.Digit ||
    text[i] === '.'
  ) {
    i++;
  }
  return i;
}

function dollarQuoteEnd(text: string, at: number): number {
  DOLLAR_TAG.lastIndex = at;
  const tag = DOLLAR_TAG.exec(text)?.[0];
  if (tag === undefined) return at + 1;
  const end = text.indexOf(tag, at + tag.length);
  return end < 0 ? text.length : end + tag.length;
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
