import pg from 'pg';
import { messageOf } from '../../core/errors.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { Manifest } from '../../vault/formats/manifest.js';

type Extension = Manifest['extensions'][number];

/** An extension that a backup needs and a server cannot create. */
export interface MissingExtension extends Pick<Extension, 'name' | 'dependents'> {
  /** The server's own words; `undefined` where the extension's files are missing. */
  readonly reason?: string;
}

/**
 * The backup's extensions that a server does not have installed or cannot create, with what depends on each. Some can
 * be created only if the server loads their library at startup, which is not the backup's fault.
 *
 * @param access to the empty database of a drill
 * @throws HoldfastError CONNECT_FAILED …; the connection's error when it is lost without a message
 */
export async function findMissingExtensions(
  access: DatabaseAccess,
  extensions: readonly Extension[],
  signal: AbortSignal | undefined,
): Promise<MissingExtension[]> {
  const available = await readAvailable(access, signal);
  const missing: MissingExtension[] = [];
  for (const extension of extensions) {
    const { name, dependents } = extension;
    if (!available.has(name)) {
      missing.push({ name, dependents });
      continue;
    }
    const reason = await tryExtension(access, extension, signal);
    if (reason !== undefined) missing.push({ name, dependents, reason });
  }
  return missing;
}

async function readAvailable(access: DatabaseAccess, signal: AbortSignal | undefined): Promise<Set<string>> {
  const client = await access.connect({ signal });
  try {
    const { rows } = await client.query<{ name: string }>(
      'SELECT name::pg_catalog.text FROM pg_catalog.pg_available_extensions',
    );
    return new Set(rows.map(({ name }) => name));
  } finally {
    await client.end();
  }
}

/** Classes of SQLSTATE that say nothing about the extension: connection, a full disk, no memory. */
const TRANSIENT = /^(?:08|53)/;

/**
 * Creates one extension as the dump will, and rolls it back. In its own session, because some extensions (timescaledb)
 * end the session when they are created where they cannot work.
 *
 * @returns why it cannot be created
 */
async function tryExtension(
  access: DatabaseAccess,
  { name, schema }: Extension,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const client = await access.connect({ signal });
  try {
    await client.query('BEGIN');
    const place = quoteIdentifier(schema);
    if (!schema.startsWith('pg_')) await client.query(`CREATE SCHEMA IF NOT EXISTS ${place}`);
    // The dump creates what it requires first; CASCADE does so here.
    await client.query(`CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} WITH SCHEMA ${place} CASCADE`);
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || TRANSIENT.test(error.code ?? '')) throw error;
    return messageOf(error);
  } finally {
    await client.end();
  }
}
