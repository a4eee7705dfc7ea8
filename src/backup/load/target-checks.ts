/** What must be true of a target before anything is restored into it. */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { describeContents } from '../../postgres/contents.js';
import type { ServerFacts } from '../../postgres/server-facts.js';
import type { Manifest } from '../../vault/formats/manifest.js';

export async function requireNoDatabase(client: pg.Client, target: DatabaseAccess): Promise<void> {
  const name = target.target.database;
  const { rows } = await client.query('SELECT FROM pg_catalog.pg_database WHERE datname = $1', [name]);
  if (rows.length === 0) return;
  throw new HoldfastError(
    'TARGET_NOT_EMPTY',
    `Creating the database ${name} on ${target.describe()}: it already exists.`,
    {
      hint: 'Leave out --create to restore into it if it is empty, or name another database in --to.',
      details: { problems: [{ kind: 'database', names: [name], total: 1, message: 'already exists' }] },
    },
  );
}

/** @param options `extensions`: whether they count */
export async function requireEmpty(
  client: pg.Client,
  target: DatabaseAccess,
  options: { readonly extensions?: boolean } = {},
): Promise<void> {
  const contents = await describeContents(client, options);
  if (contents.length === 0) return;
  const problems = contents.map(({ kind, count, names }) => {
    const more = count > names.length ? ' …' : '';
    const message = `${count} ${kind}${count === 1 ? '' : 's'} (${names.join(', ')}${more})`;
    return { kind, names, total: count, message };
  });
  throw new HoldfastError(
    'TARGET_NOT_EMPTY',
    `Restoring into ${target.describe()}: it is not empty. It holds ${problems.map(({ message }) => message).join('; ')}.`,
    { details: { problems } },
  );
}

export async function requireRoles(client: pg.Client, target: DatabaseAccess, roles: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM pg_catalog.unnest($1::pg_catalog.text[]) AS name WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name)',
    [roles],
  );
  if (rows.length === 0) return;
  throw missingError(
    'role',
    rows.map(({ name }) => name),
    `The backup refers to roles that ${target.describe()} does not have`,
    'Create them first: holdfast restore --globals does (without passwords) where the backup has them, or CREATE ROLE by hand. Or leave owners and privileges out: --no-owner --no-privileges.',
  );
}

export async function requireExtensions(
  client: pg.Client,
  target: DatabaseAccess,
  extensions: readonly Pick<Manifest['extensions'][number], 'name'>[],
): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT name::pg_catalog.text FROM pg_catalog.pg_available_extensions',
  );
  const available = new Set(rows.map(({ name }) => name));
  const missing = extensions.filter(({ name }) => !available.has(name)).map(({ name }) => name);
  if (missing.length === 0) return;
  throw missingError(
    'extension',
    missing,
    `The backup needs extensions that are not installed on the server of ${target.describe()}`,
    'Install their packages on that server (Debian: postgresql-contrib and postgresql-VERSION-NAME).',
  );
}

/** Something of the server that a backup needs, and that the server does not have. @param what without the names */
export function missingError(
  kind: 'role' | 'extension' | 'tablespace',
  names: readonly string[],
  what: string,
  hint: string,
): HoldfastError {
  const message = `${what}: ${names.join(', ')}.`;
  const problem = { kind: `missing-${kind}`, objects: names, total: names.length, message, remedy: null };
  return new HoldfastError('PREFLIGHT_FAILED', message, { hint, details: { problems: [problem] } });
}

/** Differences between source and target that a restore survives but the user should know about. */
export function compareFacts(facts: ServerFacts, manifest: Manifest, create: boolean): string[] {
  const notes: string[] = [];
  if (Math.floor(facts.versionNum / 10_000) < Math.floor(manifest.server.versionNum / 10_000)) {
    notes.push(
      `The target is PostgreSQL ${facts.version}, older than the source (${manifest.server.version}): features that only the newer version has will fail.`,
    );
  }
  if (!create && facts.encoding !== manifest.encoding) {
    notes.push(
      `The target's encoding is ${facts.encoding}, the source's was ${manifest.encoding}: characters that the target's encoding does not have will fail.`,
    );
  }
  // Of a dump that others made, the locale is a guess.
  if (manifest.origin !== undefined) return notes;
  if (!create && facts.locale.collate !== manifest.locale.collate) {
    notes.push(
      `The target sorts by ${facts.locale.collate ?? 'none'}, the source sorted by ${manifest.locale.collate}.`,
    );
  }
  if (facts.locale.lcMonetary !== manifest.locale.lcMonetary) {
    notes.push(
      `The target's lc_monetary is ${facts.locale.lcMonetary}, the source's was ${manifest.locale.lcMonetary}: values of the type money may be read wrongly.`,
    );
  }
  return notes;
}
