/** What a server knows of a time zone: its data come from the machine or from PostgreSQL, and are of some year. */
import pg from 'pg';

/** Every third day from 1900 to 2100, in seconds of the epoch. */
const MOMENTS = 'pg_catalog.generate_series(-2208988800, 4102444800, 259200)';

/**
 * @param zone as the setting TimeZone has it
 * @returns SHA-256, hex, of the local times at many moments; undefined where the server does not know the zone
 */
export async function readTimeZoneRules(client: pg.Client, zone: string): Promise<string | undefined> {
  try {
    const { rows } = await client.query<{ rules: string }>(
      `SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
                pg_catalog.string_agg(pg_catalog.date_part('epoch', pg_catalog.timezone($1, pg_catalog.to_timestamp(m)))::pg_catalog.text, ',' ORDER BY m), 'SQL_ASCII')), 'hex') AS rules
         FROM ${MOMENTS} m`,
      [zone],
    );
    return rows[0]?.rules;
  } catch (error) {
    // invalid_parameter_value: the zone is not recognized.
    if (error instanceof pg.DatabaseError && error.code === '22023') return undefined;
    throw error;
  }
}
