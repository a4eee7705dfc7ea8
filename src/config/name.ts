/** Names of databases: they become part of object keys and file names, so few characters are allowed. */

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** A key holds the name twice; a file name on most systems ends at 255 bytes. */
const LONGEST = 100;

/** What is wrong with a name, as a sentence that says what to write; `undefined` if it is valid. */
export function nameProblem(name: string): string | undefined {
  if (name.length > LONGEST) return `Use at most ${LONGEST} characters.`;
  if (NAME.test(name)) return undefined;
  return 'Use letters, digits, dots, hyphens and underscores, and begin with a letter or digit.';
}

/** The nearest valid name: what is not allowed becomes a hyphen, and none is left at either end. */
export function toValidName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+|-+$/g, '');
  return name.slice(0, LONGEST) || 'database';
}
