/** Settings as a session's startup options: the `options` of a startup packet, and PGOPTIONS. */

import { quoted } from '../core/quoted.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;

/**
 * `-c name=value …`. The server cuts the text at every kind of white space (`pg_split_opts`), so that a tab or a line
 * break in a value would begin an option of its own; a backslash takes the next character as it is.
 *
 * @throws RangeError for what cannot be written: that is a mistake of the caller, who has to know the names
 */
export function sessionOptions(settings: Iterable<readonly [name: string, value: string]>): string {
  return [...settings].map(([name, value]) => `-c ${checkedName(name)}=${escaped(name, value)}`).join(' ');
}

function checkedName(name: string): string {
  if (NAME.test(name)) return name;
  throw new RangeError(`${quoted(name)} is no name of a setting`);
}

/**
 * Beyond ASCII the server's locale decides, byte by byte, what is white space (0x85 and 0xA0 in Latin-1), and a backslash
 * cannot be put into the middle of a character; NUL ends the text. So neither is taken.
 */
function escaped(name: string, value: string): string {
  if (/[^\x01-\x7f]/.test(value)) throw new RangeError(`${quoted(value)}, for ${name}, is not ASCII`);
  return value.replace(/[\s\\]/g, '\\$&');
}
