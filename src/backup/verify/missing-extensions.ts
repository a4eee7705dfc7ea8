import type { DatabaseAccess } from '../../postgres/connection.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { Proof } from '../../vault/formats/proof.js';

/** The backup's extensions that a server does not have installed, with what depends on each. */
export async function findMissingExtensions(
  access: DatabaseAccess,
  extensions: Manifest['extensions'],
): Promise<Proof['missingExtensions']> {
  const client = await access.connect();
  try {
    const { rows } = await client.query<{ name: string }>('SELECT name::text FROM pg_catalog.pg_available_extensions');
    const available = new Set(rows.map(({ name }) => name));
    return extensions.filter(({ name }) => !available.has(name)).map(({ name, dependents }) => ({ name, dependents }));
  } finally {
    await client.end();
  }
}
