/** The manifest of a dump that others made: what was seen of it, what it claims, and what nobody knows. */
import { createHash } from 'node:crypto';
import type { DumpTotals, FingerprintVersion } from '../../dump/entry.js';
import { tool } from '../../core/tool.js';
import type { StoredLines } from '../../vault/formats/lines-writer.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { StoredObject } from '../../vault/object-store.js';
import { describeEmpty } from '../stored/describe-volume.js';
import type { Claims } from './claims.js';
import type { Original } from './open-foreign.js';

type Claimed = NonNullable<Manifest['claimed']>;

export interface ForeignDescription {
  readonly origin: NonNullable<Manifest['origin']>;
  /** The database's name in the vault. */
  readonly database: string;
  readonly takenAt: Date;
  readonly takenAtFrom: Claimed['takenAtFrom'];
  /** As an archive says it. */
  readonly claimedDatabase: string | undefined;
  readonly claims: Claims;
  /** Given by somebody who knows it. */
  readonly timeZone: string | undefined;
  readonly original: Original;
  readonly compression: Manifest['compression'];
  readonly totals: DumpTotals;
  readonly fingerprint: FingerprintVersion;
  readonly roles: readonly string[];
  readonly dump: StoredObject;
  readonly globals: StoredObject;
  readonly entries: StoredLines;
  /** Absent where the dump stays as it is. */
  readonly segments: StoredLines | undefined;
  readonly warnings: readonly string[];
}

/** What is stored in the place of roles and settings. */
export const NO_GLOBALS = `--
-- Nobody has dumped the roles and the settings of this database: the dump was made by others than Holdfast.
-- The roles that it refers to are in the manifest.
--
`;

export function describeForeign(foreign: ForeignDescription): Manifest {
  const { claims, totals, entries, segments, original } = foreign;
  const { server, client, encoding } = claims;
  const takenAt = foreign.takenAt.toISOString();
  const collation = encoding === 'UTF8' ? 'C.UTF-8' : 'C';
  const timeZone = foreign.timeZone ?? claims.timeZone;
  const missing = missingRoles(foreign.roles);
  return {
    format: 'holdfast.manifest',
    version: 3,
    database: foreign.database,
    dbName: foreign.claimedDatabase ?? foreign.database,
    key: foreign.dump.key,
    tool,
    server: { version: server.text, versionNum: server.versionNum },
    client: { program: 'pg_dump', version: client.text },
    encoding,
    locale: { collate: 'C', ctype: collation, provider: 'libc', lcMonetary: 'C' },
    session: { TimeZone: timeZone },
    bootstrapRole: claims.bootstrapRole,
    snapshot: null,
    takenAt,
    finishedAt: takenAt,
    durationMs: 0,
    selection: { schemas: [], excludeTableData: [] },
    compression: foreign.compression,
    parts: [
      { role: 'dump', rawBytes: totals.rawBytes, ...stored(foreign.dump) },
      {
        role: 'globals',
        rawBytes: Buffer.byteLength(NO_GLOBALS),
        rawSha256: createHash('sha256').update(NO_GLOBALS).digest('hex'),
        ...stored(foreign.globals),
      },
      { role: 'entries', rawBytes: entries.rawBytes, rawSha256: entries.rawSha256, ...stored(entries.object) },
      ...(segments
        ? [{ role: 'segments', rawBytes: segments.rawBytes, rawSha256: segments.rawSha256, ...stored(segments.object) }]
        : []),
    ],
    totals,
    fingerprint: { algorithm: 'murmur3-x86-128-lanesum', version: foreign.fingerprint },
    entriesSha256: entries.rawSha256,
    extensions: claims.extensions,
    roles: foreign.roles,
    omissions: [
      {
        kind: 'globals',
        detail:
          'Roles, their memberships and the settings of the database: the dump of one database has none of them, and nobody dumped them beside it.' +
          (missing.length === 0 ? '' : ` It refers to the roles ${listed(missing)}, which a restore needs.`),
        objects: missing.slice(0, MOST_OBJECTS),
        total: missing.length,
      },
      {
        kind: 'unseen-source',
        detail:
          'Others made this dump, and Holdfast has not seen its database: whether schemas or rows were left out, and what pg_dump left out by itself, is not known.',
      },
    ],
    derived: [],
    warnings: [...foreign.warnings, ...[describeEmpty(totals)].filter((sentence) => sentence !== undefined)],
    origin: foreign.origin,
    original,
    claimed: {
      server: server.text,
      client: client.text,
      database: foreign.claimedDatabase ?? null,
      takenAt,
      takenAtFrom: foreign.takenAtFrom,
    },
    unknown: [
      { what: 'snapshot', assumed: null },
      { what: 'commit-gate', assumed: null },
      { what: 'globals', assumed: null },
      { what: 'selection', assumed: null },
      { what: 'left-out', assumed: null },
      { what: 'locale', assumed: 'C' },
      { what: 'bootstrap-role', assumed: claims.bootstrapRole },
      ...(foreign.timeZone === undefined ? [{ what: 'time-zone' as const, assumed: timeZone }] : []),
    ],
  };
}

const MOST_OBJECTS = 1000;
const SHOWN_ROLES = 10;

function listed(names: readonly string[]): string {
  const more = names.length - SHOWN_ROLES;
  return names.slice(0, SHOWN_ROLES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Those that a server does not have by itself. */
export function missingRoles(roles: readonly string[]): string[] {
  return roles.filter((role) => !role.startsWith('pg_'));
}

function stored({ key, size, sha256, versionId, kmsKeyArn }: StoredObject) {
  return { key, storedBytes: size, sha256, versionId, kmsKeyArn };
}
