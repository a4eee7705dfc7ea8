/** The manifest: what a backup is, written last. A dump without one is not a backup. */
import * as z from 'zod';
import type { DeepReadonly } from '../../core/deep-readonly.js';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { COMPRESSIONS, FOREIGN_COMPRESSIONS } from '../../syntax/compression.js';
import { parseKey } from '../keys.js';
import { keyFault } from '../../syntax/object-key.js';
import type { ObjectStore, PutOptions, StoredObject } from '../object-store.js';
import {
  documentFormat,
  formatDocument,
  parseDocument,
  readDocumentBytes,
  requireSeal,
  writeDocumentBytes,
} from './document.js';
import { totalsSchema } from './entries.js';
import { count, moment, sha256, tool } from './fields.js';
import { sessionFault } from './session-settings.js';

const server = z.object({
  version: z.string().describe('As in 15.18.'),
  versionNum: z.int().positive().describe("The server's server_version_num, as in 150018."),
  systemIdentifier: z
    .string()
    .optional()
    .describe("The cluster's identifier, decimal; absent where it may not be read."),
  inRecovery: z
    .boolean()
    .optional()
    .describe('Whether the dump was taken from a standby; absent if it is not known, as in a dump that others made.'),
});

const locale = z.object({
  collate: z.string(),
  ctype: z.string(),
  provider: z.enum(['libc', 'icu', 'builtin']),
  icuLocale: z.string().optional(),
  lcMonetary: z.string().describe('It shapes the text of the type money.'),
});

const part = z.object({
  role: z.string().describe('dump, globals, entries or segments. A reader skips a part with any other role.'),
  key: z.string(),
  rawBytes: count().describe('Before compression.'),
  storedBytes: count(),
  sha256: sha256().describe('Of the stored bytes.'),
  rawSha256: sha256().optional().describe('Of the bytes before compression.'),
  versionId: z.string().optional().describe("The store's version of the object."),
  kmsKeyArn: z.string().optional().describe('The key it is encrypted with.'),
});

/** Of the parts that this code knows. */
const ROLES: ReadonlySet<string> = new Set(['dump', 'globals', 'entries', 'segments']);

const comparison = z.object({
  comparedWith: z.string().describe('The key of the dump of the previous backup.'),
  before: z.object({ rows: count(), rawBytes: count() }).describe('The totals of that backup.'),
  drops: z
    .array(z.enum(['rows', 'bytes', 'tables']))
    .describe('What has dropped by more than was allowed; tables: one of the earlier ones is gone.'),
  vanished: z
    .object({
      total: count(),
      tables: z.array(z.object({ schema: z.string(), name: z.string(), rows: count() })),
    })
    .describe('Tables that are gone, largest first, except partitions; at most 20 are listed.'),
  shrunk: z
    .object({
      total: count(),
      tables: z.array(z.object({ schema: z.string(), name: z.string(), rowsBefore: count(), rows: count() })),
    })
    .describe('Tables that lost more than the allowed share of their rows, largest loss first; at most 20 are listed.'),
});

const notCompared = z.object({
  comparedWith: z.null(),
  reason: z.string().describe('Why: the vault may not be read, there is no earlier backup …'),
});

/** What kind of file a dump that others made was. */
export const FOREIGN_FORMATS = ['plain', 'custom', 'directory', 'tar'] as const;

/** What can be known of one's own dump alone. */
export const UNKNOWNS = [
  'snapshot',
  'commit-gate',
  'globals',
  'locale',
  'bootstrap-role',
  'time-zone',
  'selection',
  'left-out',
] as const;

const original = z.object({
  name: z.string().describe('The name of the file, or the key of the object; not a path.'),
  format: z.enum(FOREIGN_FORMATS),
  compression: z.enum(FOREIGN_COMPRESSIONS).describe('Around the file; what an archive compresses inside is its own.'),
  bytes: count(),
  sha256: sha256().describe('Of its bytes; for a directory, of its files as docs/formats/manifest.md says.'),
});

const claimed = z.object({
  server: z.string().describe('The version of the server, in the words of the dump.'),
  client: z.string().describe('The version of pg_dump, in the words of the dump.'),
  database: z.string().nullable().describe('The name that an archive gives its database; null in plain dumps.'),
  takenAt: moment().describe('When it was taken.'),
  takenAtFrom: z.enum(['key', 'archive', 'file', 'given']).describe('What says so.'),
});

/** The result of the comparison with the previous backup. */
export const volumeSchema = z.union([comparison, notCompared]);

export const manifestSchema = z
  .object({
    format: z.literal('holdfast.manifest'),
    version: z.literal([1, 2, 3]).describe('3 where there is an origin, else at most 2.'),
    database: z.string().describe("The database's name in the vault."),
    dbName: z.string().describe("The database's name on its server."),
    key: z.string().describe('The key of the dump.'),
    tool: tool(),
    server,
    client: z.object({ program: z.literal('pg_dump'), version: z.string() }),
    encoding: z.string().describe("The database's encoding, as in UTF8."),
    locale,
    session: z.record(z.string(), z.string()).describe('The settings that shape the text of values, such as TimeZone.'),
    timeZoneRules: z
      .string()
      .optional()
      .describe(
        "SHA-256, hex, of local times in the session's TimeZone from 1900 to 2100, by the server's time zone data; absent in older manifests.",
      ),
    bootstrapRole: z.string().describe('The name of the role with OID 10.'),
    snapshot: z.string().nullable().describe('The exported snapshot; null where pg_dump took its own.'),
    jobs: z
      .int()
      .positive()
      .optional()
      .describe('How many sessions have read large tables beside pg_dump. Absent: pg_dump has read everything.'),
    takenAt: moment().describe('When the backup began.'),
    finishedAt: moment(),
    durationMs: count(),
    selection: z
      .object({ schemas: z.array(z.string()), excludeTableData: z.array(z.string()) })
      .describe('What was chosen; empty lists for everything.'),
    compression: z.object({
      method: z.enum(COMPRESSIONS),
      level: z.int().nullable().describe('null where the method has none.'),
      program: z.string().describe('What compressed: a program or a library.'),
    }),
    parts: z.array(part).min(1),
    totals: totalsSchema,
    fingerprint: z.object({
      algorithm: z.literal('murmur3-x86-128-lanesum'),
      version: z
        .literal([1, 2])
        .describe(
          'How entries are made of the dump. 2: each large object has an entry of its own for its definition and one for its grants, where pg_dump (17 or newer) writes several under one header.',
        ),
    }),
    entriesSha256: sha256().describe('Of the entries before compression.'),
    extensions: z.array(
      z.object({
        name: z.string(),
        version: z.string().optional().describe('Absent in a dump that others made: no dump says it.'),
        schema: z.string(),
        dependents: z.array(z.string()).describe('Objects that need it.'),
      }),
    ),
    preloaded: z
      .array(z.string())
      .optional()
      .describe(
        'The libraries that the server loads at its start (shared_preload_libraries); absent where the role may not know them, and in older manifests.',
      ),
    roles: z.array(z.string()).describe('Roles that the dump refers to.'),
    omissions: z
      .array(
        z.object({
          kind: z.string(),
          detail: z.string().describe('For people: a sentence and the first objects.'),
          objects: z.array(z.string()).optional().describe('The first 1000, sorted; absent in older manifests.'),
          total: count().optional().describe('How many there are; absent in older manifests.'),
        }),
      )
      .describe('What the dump leaves out.'),
    derived: z
      .array(
        z.object({
          kind: z.enum(['generated-columns', 'materialized-view']),
          schema: z.string(),
          name: z.string(),
          partitioned: z.boolean().describe('Whether it was read with its partitions.'),
          columns: z.array(z.string()).describe('That were read, in this order.'),
          rows: count(),
          hash: z
            .string()
            .regex(/^[0-9a-f]{32}$/)
            .describe('The order-independent hash of the rows, as in the entries.'),
        }),
      )
      .optional()
      .describe(
        'Fingerprints, at the source, of what a copy computes anew; absent in older manifests. What has none is among the omissions, as derived.',
      ),
    origin: z
      .enum(['adopted', 'imported'])
      .optional()
      .describe('Of a dump that others made: adopted where it was, or imported. Absent for one of our own.'),
    original: original.optional().describe('What was adopted or imported.'),
    claimed: claimed.optional().describe('What that dump says of itself; nobody has seen it.'),
    unknown: z
      .array(z.object({ what: z.enum(UNKNOWNS), assumed: z.string().nullable() }))
      .optional()
      .describe('What nobody could see of that dump, and what is assumed in its place.'),
    warnings: z.array(z.string()),
    volume: volumeSchema
      .optional()
      .describe('The comparison with the previous backup, made when this one was taken; absent in older manifests.'),
  })
  .superRefine((manifest, context) => {
    const dumps = manifest.parts.filter(({ role }) => role === 'dump');
    const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (dumps.length === 0) complain('parts', 'no part is a dump');
    if (dumps.length === 1 && dumps[0]?.key !== manifest.key)
      complain('key', 'it is not the key of the dump among the parts');
    if (dumps.length === 1 && dumps[0]?.rawBytes !== manifest.totals.rawBytes) {
      complain('totals.rawBytes', "it differs from the dump part's rawBytes");
    }
    const foreign = [manifest.origin, manifest.original, manifest.claimed, manifest.unknown];
    if (foreign.some((field) => (field === undefined) === (manifest.version === 3))) {
      complain('origin', 'version 3 has origin, original, claimed and unknown, and no other version has any of them');
    }
    if (parseKey(manifest.key)?.database !== manifest.database) complain('database', 'it is not the one in the key');
    const base = parseKey(manifest.key)?.base;
    if (base === undefined || !manifest.parts.every(({ role, key }) => isPartOf(base, role, key))) {
      complain('parts', 'they are not keys of one backup');
    }
  })
  .meta({ title: 'Manifest of a Holdfast backup' });

/**
 * A role that this code knows has a key that it knows; any other must have a key that cannot be mistaken for another
 * object's.
 */
function isPartOf(base: string, role: string, key: string): boolean {
  const parsed = parseKey(key);
  if (ROLES.has(role)) return parsed?.base === base && parsed.object.role === role;
  const suffix = key.slice(base.length);
  return parsed === undefined && key.startsWith(`${base}.`) && !suffix.includes('/') && keyFault(key) === undefined;
}

export type Manifest = DeepReadonly<z.infer<typeof manifestSchema>>;

export const manifestFormat = documentFormat('holdfast.manifest', 3, 'manifest', manifestSchema);

/** A manifest that was read. */
export interface StoredManifest {
  readonly manifest: Manifest;
  /** SHA-256 of its stored bytes, hex: what a proof names. */
  readonly sha256: string;
}

/** The bytes of a manifest; INTERNAL when it does not conform to the format. */
export function formatManifest(manifest: Manifest): Buffer {
  return formatDocument(manifestFormat, manifest);
}

/** Parses a manifest's bytes; MANIFEST_INVALID with what is wrong. */
export function parseManifest(key: string, bytes: Uint8Array): Manifest {
  const manifest = parseDocument(manifestFormat, key, bytes);
  const fault = sessionFault(manifest.session);
  if (fault === undefined) return manifest;
  throw new HoldfastError('MANIFEST_INVALID', `Reading the manifest ${key} failed: of its session, ${fault}.`, {
    hint: 'Somebody put it there: use another backup, and find out who changed this one.',
  });
}

/** Stores a manifest beside its dump: the last step of a backup. Errors as for `ObjectStore.put`. */
export async function writeManifest(
  store: ObjectStore,
  manifest: Manifest,
  options?: PutOptions,
): Promise<StoredObject> {
  const bytes = formatManifest(manifest);
  return writeDocumentBytes(store, `${baseOf(manifest.key)}.manifest.json`, bytes, options);
}

/**
 * Reads the manifest at `key`.
 *
 * @throws HoldfastError OBJECT_MISSING, VAULT_UNREADABLE; MANIFEST_INVALID also when it describes a different backup
 *   from the one it is stored beside
 */
export async function readManifest(store: ObjectStore, key: string, signal?: AbortSignal): Promise<StoredManifest> {
  const { bytes, sha256 } = await readDocumentBytes(store, key, signal);
  const manifest = parseManifest(key, bytes);
  requireSeal(manifestFormat, key, bytes);
  const place = parseKey(key);
  if (place && place.base !== baseOf(manifest.key)) {
    throw new HoldfastError(
      'MANIFEST_INVALID',
      `Reading the manifest ${key} failed: it describes another backup, ${manifest.key} of ${manifest.database}.`,
      { hint: 'Somebody put it there: use another backup, and find out who did.' },
    );
  }
  return { manifest, sha256 };
}

function baseOf(dumpKey: string): string {
  const base = parseKey(dumpKey)?.base;
  if (base === undefined) throw new HoldfastError('INTERNAL', `${quoted(dumpKey)} is not the key of a dump.`);
  return base;
}
