/**
 * What the settings of a manifest's `session` may be. Whoever can write to the vault chooses them, and copies are read
 * under them by sessions of a superuser: so each one is known, and its value is one that a server shows for it.
 */
import { quoted } from '../../core/quoted.js';

const SWITCH = /^(?:on|off)$/;
/** A zone's abbreviation as POSIX writes it, with an offset: `EST5`, `<+03>-03`. */
const ABBREVIATION = String.raw`(?:[A-Za-z]{3,}|<[ -;=?-\[\]-~]{1,40}>)`;
const OFFSET = String.raw`[+-]?\d{1,3}(?::\d{1,2}){0,2}`;
const DAY = String.raw`[JM]?[\d.]{1,8}(?:/${OFFSET})?`;

const GRAMMARS: ReadonlyMap<string, RegExp> = new Map([
  [
    'TimeZone',
    new RegExp(
      String.raw`^(?:[A-Za-z][\w+-]*(?:/[A-Za-z0-9][\w+-]*){0,4}|${ABBREVIATION}${OFFSET}(?:${ABBREVIATION}(?:${OFFSET})?(?:,${DAY},${DAY})?)?)$`,
    ),
  ],
  ['DateStyle', /^(?:ISO|SQL|Postgres|German), (?:DMY|MDY|YMD)$/],
  ['IntervalStyle', /^(?:postgres|postgres_verbose|sql_standard|iso_8601)$/],
  ['bytea_output', /^(?:hex|escape)$/],
  ['extra_float_digits', /^-?\d{1,2}$/],
  // As the operating system of the server names it: `de_DE.UTF-8@euro`, `English_United States.1252`.
  ['lc_monetary', /^[A-Za-z\d _.,@()-]{0,200}$/],
  ['xmlbinary', /^(?:base64|hex)$/],
  ['xmloption', /^(?:content|document)$/],
  ['client_encoding', /^[A-Z][A-Z0-9_]{1,39}$/],
  ['standard_conforming_strings', SWITCH],
  ['array_nulls', SWITCH],
  ['quote_all_identifiers', SWITCH],
]);

/** Of the settings, what is wrong with the first that is not as a server shows it; `undefined` where all are. */
export function sessionFault(session: Readonly<Record<string, string>>): string | undefined {
  for (const [name, value] of Object.entries(session)) {
    const grammar = GRAMMARS.get(name);
    if (!grammar) return `${quoted(name)} is no setting that a backup records`;
    if (!grammar.test(value)) return `${quoted(shorten(value))} is no value of ${name}`;
  }
  return undefined;
}

const SHOWN = 100;

function shorten(value: string): string {
  return value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
}
