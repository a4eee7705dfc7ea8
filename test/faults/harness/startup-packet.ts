/** The first packets of a PostgreSQL connection, as far as they tell who connects. */

/** Protocol numbers of requests that come before a session begins: for TLS, for GSSAPI, to cancel. */
const SSL = 80877103;
const GSS = 80877104;
const CANCEL = 80877102;

/** `libpq` is pg_dump, pg_dumpall or psql; `driver` is Holdfast's own; `cancel` asks to end another session's query. */
export type Client = 'libpq' | 'driver' | 'cancel';

/**
 * Who opens a connection, by its first packet: libpq asks for TLS first, unless told otherwise, and the driver does not.
 * The application_name is the same for both.
 */
export function clientOf(packet: Buffer): Client | undefined {
  if (packet.length < 8) return undefined;
  const protocol = packet.readUInt32BE(4);
  if (protocol === CANCEL) return 'cancel';
  return protocol === SSL || protocol === GSS ? 'libpq' : 'driver';
}
