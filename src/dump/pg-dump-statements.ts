/**
 * Which statements pg_dump writes into a dump of one database: any other is refused before psql or a server sees it.
 *
 * The aim is not to keep SQL from doing harm, which a function in the dump can do as well, but to keep the reader and
 * psql in agreement: what changes the client's encoding or the meaning of a backslash changes where psql sees the end
 * of a string. And a dump of one database has no business with roles, databases or the server.
 */
import { sqlTokens } from '../syntax/sql/tokens.js';

/** Encodings that a server can have, by their canonical names. In all of them bytes below 0x80 are ASCII characters. */
const SERVER_ENCODINGS: ReadonlySet<string> = new Set([
  ...['SQL_ASCII', 'EUC_JP', 'EUC_CN', 'EUC_KR', 'EUC_TW', 'EUC_JIS_2004', 'UTF8', 'MULE_INTERNAL'],
  ...['LATIN1', 'LATIN2', 'LATIN3', 'LATIN4', 'LATIN5', 'LATIN6', 'LATIN7', 'LATIN8', 'LATIN9', 'LATIN10'],
  ...['WIN1250', 'WIN1251', 'WIN1252', 'WIN1253', 'WIN1254', 'WIN1255', 'WIN1256', 'WIN1257', 'WIN1258'],
  ...['WIN866', 'WIN874', 'KOI8R', 'KOI8U', 'ISO_8859_5', 'ISO_8859_6', 'ISO_8859_7', 'ISO_8859_8'],
]);

/** Longer than any setting of pg_dump's. */
const SETTING_BYTES = 400;
const VALUE = String.raw`(?:\d+|[a-z_]\w*|'[\w .,-]*'|"(?:[^"\\]|"")*")`;
const SETTING = new RegExp(String.raw`^SET ([a-z_]+) = (${VALUE});$`, 'i');
const SEARCH_PATH = /^SELECT pg_catalog\.set_config\('search_path', '(?:[^'\\]|'')*', false\);$/;
/** Settings that decide which role the session acts as: pg_dump sets none of them this way. */
const NOT_SET: ReadonlySet<string> = new Set(['role', 'session_authorization', 'session_replication_role']);

/** A `SET name = value;` as pg_dump writes it; undefined for anything else. */
function settingOf(text: Buffer): { readonly name: string; readonly value: string } | undefined {
  if (text.length > SETTING_BYTES) return undefined;
  const [, name, value] = SETTING.exec(text.toString('latin1')) ?? [];
  return name === undefined || value === undefined || NOT_SET.has(name.toLowerCase()) ? undefined : { name, value };
}

/** The preamble: settings of the session, which differ between versions. */
export function isPreambleStatement(text: Buffer): boolean {
  const setting = settingOf(text);
  if (!setting) return text.length < 1000 && SEARCH_PATH.test(text.toString('latin1'));
  const { name, value } = setting;
  if (isSpelled(name, 'client_encoding')) return name === 'client_encoding' && isServerEncoding(value);
  if (isSpelled(name, 'standard_conforming_strings')) {
    return name === 'standard_conforming_strings' && (value === 'on' || value === 'off');
  }
  return true;
}

/** A setting between two entries: `SET default_tablespace = '';`. */
export function isSettingBetween(text: Buffer): boolean {
  const setting = settingOf(text);
  return setting !== undefined && !/^(?:client_encoding|standard_conforming_strings)$/i.test(setting.name);
}

function isSpelled(name: string, setting: string): boolean {
  return name.toLowerCase() === setting;
}

function isServerEncoding(value: string): boolean {
  return SERVER_ENCODINGS.has(value.slice(1, -1)) && value.startsWith("'");
}

/** Statements that define an object in a database; roles, databases and tablespaces are not such objects. */
const DEFINITION =
  /^(?:(?:CREATE|ALTER) (?!(?:ROLE|GROUP|DATABASE|TABLESPACE|SYSTEM)\b|USER (?!MAPPING ))|COMMENT ON |SECURITY LABEL |REFRESH MATERIALIZED VIEW )/;
const LO_CREATE = /^SELECT pg_catalog\.lo_create\('\d+'\);$/;
const STATISTICS = /^SELECT \* FROM pg_catalog\.pg_(?:restore|clear)_\w+_stats\(/;
/** A grant by another grantor is made in that grantor's name. */
const GRANTOR = /^(?:RESET SESSION AUTHORIZATION;|SET SESSION AUTHORIZATION (?:"(?:[^"]|"")*"|[^\s"';]+);)$/;

/** @param type of the entry that the statement belongs to; except rows, large objects' data and sequences' values */
export function isEntryStatement(type: string, text: Buffer): boolean {
  const start = text.toString('latin1', 0, 200);
  if (DEFINITION.test(start)) return true;
  if (/^(?:GRANT|REVOKE) /.test(start)) return isGrantOnObject(text);
  if (/^(?:SET|RESET) /.test(start)) return type === 'ACL' && GRANTOR.test(text.toString('latin1'));
  if (type.startsWith('BLOB') || type === 'LARGE OBJECT') return LO_CREATE.test(start);
  return type === 'STATISTICS DATA' && STATISTICS.test(start);
}

/** `GRANT SELECT ON TABLE a TO b`, but not a membership: `GRANT a TO b`. */
function isGrantOnObject(text: Buffer): boolean {
  const tokens = sqlTokens(text.toString('latin1'));
  const on = tokens.indexOf('ON');
  const end = tokens.findIndex((token) => token === 'TO' || token === 'FROM');
  return on > 0 && on < end;
}
