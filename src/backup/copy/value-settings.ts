/** The settings under which pg_dump wrote the values: a copy must be read under the same ones to compare equal. */
import { quoteIdentifier, quoteLiteral } from '../../syntax/sql/identifiers.js';
import { sessionOptions } from '../../postgres/session-options.js';

/** What pg_dump sets itself, whatever the server's defaults are (pg_dump.c, setup_connection). */
const PG_DUMP_SETTINGS: Readonly<Record<string, string>> = {
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  extra_float_digits: '3',
  search_path: '',
  row_security: 'off',
  synchronize_seqscans: 'off',
  statement_timeout: '0',
};

/** What pg_dump takes from the server, the database or the role, and what changes the text of values or definitions. */
const INHERITED_SETTINGS = ['TimeZone', 'bytea_output', 'lc_monetary', 'xmlbinary', 'quote_all_identifiers'];

/**
 * The settings of a session that reads values as the dump did.
 *
 * @param recorded the manifest's `session`
 * @param encoding the manifest's: pg_dump writes in the server's encoding
 */
export function readingSettings(recorded: Readonly<Record<string, string>>, encoding: string): Record<string, string> {
  return {
    ...inherited(recorded),
    ...PG_DUMP_SETTINGS,
    client_encoding: encoding,
    standard_conforming_strings: 'on',
  };
}

/** `SET a = b; …` for a session. */
export function settingStatements(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `SET ${quoteIdentifier(name.toLowerCase())} = ${quoteLiteral(value)};`)
    .join(' ');
}

/** `SET LOCAL a = b; …` for a transaction. */
export function localSettings(settings: Readonly<Record<string, string>>): string {
  return settingStatements(settings).replaceAll(/(^|; )SET (?=")/g, '$1SET LOCAL ');
}

/**
 * The recorded settings as a value of PGOPTIONS for pg_dump, without those that it sets itself. It writes strings
 * according to standard_conforming_strings, which must not apply to our own statements.
 */
export function settingOptions(recorded: Readonly<Record<string, string>>): string {
  const { standard_conforming_strings = 'on' } = recorded;
  return sessionOptions(Object.entries({ ...inherited(recorded), standard_conforming_strings }));
}

function inherited(recorded: Readonly<Record<string, string>>): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const name of INHERITED_SETTINGS) {
    const value = recorded[name];
    if (value !== undefined) settings[name] = value;
  }
  return settings;
}
