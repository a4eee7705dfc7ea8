/** What a server says about itself: version, encoding, locale, and the settings that shape the text of values. */
import pg from 'pg';
import { splitNames } from '../syntax/sql/identifiers.js';
import { OVERRIDDEN_SETTINGS } from './session-guard.js';

export interface ServerLocale {
  /** LC_COLLATE. `null` where the database has none of its own. */
  readonly collate: string | null;
  /** LC_CTYPE */
  readonly ctype: string | null;
  readonly provider: 'libc' | 'icu' | 'builtin';
  /** The ICU locale, or that of the builtin provider. */
  readonly icuLocale: string | null;
  readonly lcMonetary: string;
}

export interface ServerFacts {
  /** `15.18 (Debian 15.18-0+deb12u1)` */
  readonly version: string;
  /** 150018 */
  readonly versionNum: number;
  readonly database: string;
  /** `UTF8` */
  readonly encoding: string;
  readonly locale: ServerLocale;
  /** The role with OID 10, which owns what initdb made. */
  readonly bootstrapRole: string;
  /** Whether the server is a standby. */
  readonly inRecovery: boolean;
  /** Of this database, in bytes. `undefined` when the role may not connect to it or read its size. */
  readonly databaseSize: number | undefined;
  /** Decimal. `undefined` where the role may not read it, as on RDS. */
  readonly systemIdentifier: string | undefined;
  /** Whether the session's role is a superuser. */
  readonly isSuperuser: boolean;
  /** The libraries that the server has loaded at its start; `undefined` where the role may not know them. */
  readonly preloaded: readonly string[] | undefined;
  /** By name, in the server's spelling: the settings that shape how values are written as text. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Servers that differ in one of these write the same value differently. */
const SHAPING_SETTINGS = [
  'TimeZone',
  'DateStyle',
  'IntervalStyle',
  'bytea_output',
  'extra_float_digits',
  'lc_monetary',
  'xmlbinary',
  'xmloption',
  'client_encoding',
  'standard_conforming_strings',
  'array_nulls',
  'quote_all_identifiers',
];

interface FactsRow {
  version: string;
  version_num: number;
  database: string;
  encoding: string;
  collate: string | null;
  ctype: string | null;
  provider: string;
  icu_locale: string | null;
  lc_monetary: string;
  bootstrap_role: string;
  in_recovery: boolean;
  is_superuser: boolean;
}

/** Reads the facts of the session's server and database. A missing permission leaves its fact `undefined`. */
export async function readServerFacts(client: pg.Client): Promise<ServerFacts> {
  const versionNum = await readVersionNum(client);
  // Added in 15; renamed in 17, when the builtin provider came.
  const provider = versionNum >= 150_000 ? 'd.datlocprovider::pg_catalog.text' : "'c'";
  const locale =
    versionNum >= 170_000 ? 'd.datlocale' : versionNum >= 150_000 ? 'd.daticulocale' : 'NULL::pg_catalog.text';
  const { rows } = await client.query<FactsRow>(
    `SELECT pg_catalog.current_setting('server_version') AS version,
            pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version_num,
            d.datname::pg_catalog.text AS database,
            pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text AS encoding,
            d.datcollate::pg_catalog.text AS collate, d.datctype::pg_catalog.text AS ctype,
            ${provider} AS provider, ${locale}::pg_catalog.text AS icu_locale,
            pg_catalog.current_setting('lc_monetary') AS lc_monetary,
            pg_catalog.pg_get_userbyid(10)::pg_catalog.text AS bootstrap_role,
            pg_catalog.pg_is_in_recovery() AS in_recovery,
            pg_catalog.current_setting('is_superuser') = 'on' AS is_superuser
       FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`,
  );
  const row = rows[0];
  if (!row) throw new Error('pg_database has no row for the current database');

  const settings = await client.query<{ name: string; setting: string }>(
    // Written as SHOW writes them: pg_settings would leave units out. For what our sessions set for themselves, the
    // value from the start of the session counts: pg_dump goes by that one.
    `SELECT name, CASE WHEN name = ANY ($2::pg_catalog.text[]) THEN reset_val ELSE pg_catalog.current_setting(name) END AS setting
       FROM pg_catalog.pg_settings WHERE name = ANY ($1::pg_catalog.text[]) ORDER BY name`,
    [SHAPING_SETTINGS, [...OVERRIDDEN_SETTINGS]],
  );
  const preloaded = await readIfPermitted(
    client,
    `SELECT pg_catalog.current_setting('shared_preload_libraries') AS value`,
  );
  const size = await readIfPermitted(
    client,
    'SELECT pg_catalog.pg_database_size(pg_catalog.current_database())::pg_catalog.text AS value',
  );
  return {
    version: row.version,
    versionNum: row.version_num,
    database: row.database,
    encoding: row.encoding,
    locale: {
      collate: row.collate,
      ctype: row.ctype,
      provider: row.provider === 'i' ? 'icu' : row.provider === 'b' ? 'builtin' : 'libc',
      icuLocale: row.icu_locale,
      lcMonetary: row.lc_monetary,
    },
    bootstrapRole: row.bootstrap_role,
    inRecovery: row.in_recovery,
    isSuperuser: row.is_superuser,
    preloaded: preloaded === undefined ? undefined : splitNames(preloaded),
    databaseSize: size === undefined ? undefined : Number(size),
    systemIdentifier: await readSystemIdentifier(client),
    settings: Object.fromEntries(settings.rows.map(({ name, setting }) => [name, setting])),
  };
}

/** Of the session's cluster; `undefined` where the role may not know. */
export function readSystemIdentifier(client: pg.Client): Promise<string | undefined> {
  return readIfPermitted(
    client,
    'SELECT system_identifier::pg_catalog.text AS value FROM pg_catalog.pg_control_system()',
  );
}

/** `server_version_num` of the session's server: 150018. */
export async function readVersionNum(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ num: number }>(
    `SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS num`,
  );
  return rows[0]?.num ?? 0;
}

/** The one `value` of a query; `undefined` when the role may not run it. Works inside a transaction too. */
export async function readIfPermitted(client: pg.Client, sql: string): Promise<string | undefined> {
  // A refused statement would end the caller's transaction, and with it an exported snapshot.
  const inTransaction = client.getTransactionStatus() === 'T';
  if (inTransaction) await client.query('SAVEPOINT holdfast_permission');
  try {
    const { rows } = await client.query<{ value: string | null }>(sql);
    if (inTransaction) await client.query('RELEASE SAVEPOINT holdfast_permission');
    return rows[0]?.value ?? undefined;
  } catch (error) {
    if (inTransaction) await client.query('ROLLBACK TO SAVEPOINT holdfast_permission');
    if (error instanceof pg.DatabaseError && error.code === '42501') return undefined;
    throw error;
  }
}
