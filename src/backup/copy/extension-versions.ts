/** Extensions that have another version in a copy: a dump does not say which it needs. */
import type pg from 'pg';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { Gap } from '../stored/beside-verdict.js';

/** What CREATE EXTENSION made of them is compared with nothing; a gap for them, if there are any. */
export async function versionGaps(client: pg.Client, { extensions }: Pick<Manifest, 'extensions'>): Promise<Gap[]> {
  const { rows } = await client.query<{ name: string; version: string }>(
    'SELECT extname::pg_catalog.text AS name, extversion AS version FROM pg_catalog.pg_extension',
  );
  const versions = new Map(rows.map(({ name, version }) => [name, version]));
  const objects = extensions.flatMap(({ name, version }) => {
    const inCopy = versions.get(name);
    return version === undefined || inCopy === undefined || inCopy === version
      ? []
      : [`${name} ${inCopy}, was ${version}`];
  });
  if (objects.length === 0) return [];
  const reason = `These extensions have another version in the copy: ${objects.join('; ')}. What they consist of was not compared.`;
  return [{ kind: 'extension-versions-in-copy', objects, total: objects.length, reason }];
}
