/**
 * Text of foreign origin, safe to print: names and messages come from databases and vaults that somebody else may
 * own, and a terminal obeys what they hold. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, escapeOf);
}

/** As {@link printable}, on one line: for table cells and names. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, escapeOf);
}

function escapeOf(character: string): string {
  const known = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  return known ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
