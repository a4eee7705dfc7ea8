/** Names of databases: they become part of object keys and file names, so few characters are allowed. */
import { quoted } from '../core/quoted.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** A key holds the name twice; a file name on most systems ends at 255 bytes. */
const LONGEST = 100;

/** What is wrong with a name, as a sentence that says what to write; `undefined` if it is valid. */
export function nameProblem(name: string): string | undefined {
  if (name.length > LONGEST) return `Use at most ${LONGEST} characters.`;
  if (NAME.test(name)) return undefined;
  return 'Use letters, digits, dots, hyphens and underscores, and begin with a letter or digit.';
}

/**
 * Why a database with this name on its server cannot be dumped, as a sentence; `undefined` if it can. PostgreSQL allows
 * line breaks in names, and its own pg_dump and pg_dumpall refuse them.
 */
export function dbNameProblem(dbName: string): string | undefined {
  if (!/[\n\r]/.test(dbName)) return undefined;
  return `Its name ${quoted(dbName)} has a line break in it, and pg_dump dumps no settings of a database with such a name.`;
}

/** The nearest valid name: what is not allowed becomes a hyphen, and none is left at either end. */
export function toValidName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+|-+$/g, '');
  return name.slice(0, LONGEST) || 'database';
}
