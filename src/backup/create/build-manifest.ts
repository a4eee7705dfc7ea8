import { createHash } from 'node:crypto';
import type { CompressionChoice } from '../../dump/compression/method.js';
import type { DumpTotals, FingerprintVersion } from '../../dump/entry.js';
import type { StoredLines } from '../../vault/formats/lines-writer.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { BackupKeys } from '../../vault/keys.js';
import type { StoredObject } from '../../vault/object-store.js';
import { describeOmission, type Omission } from '../../postgres/omissions.js';
import type { DerivedFingerprint } from '../copy/derived.js';
import { tool } from '../../core/tool.js';
import { describeEmpty, describeDrops } from '../stored/describe-volume.js';
import type { BackupRequest } from './backup-request.js';
import type { Source } from './inspect-source.js';

/** Everything that is known about a backup once it is stored. */
export interface ManifestInput {
  readonly request: BackupRequest;
  readonly source: Source;
  readonly takenAt: Date;
  readonly finishedAt: Date;
  readonly compression: CompressionChoice;
  readonly keys: BackupKeys;
  readonly totals: DumpTotals;
  readonly fingerprint: FingerprintVersion;
  readonly roles: readonly string[];
  readonly snapshot: string | null;
  readonly jobs: number | undefined;
  readonly object: StoredObject;
  readonly entries: StoredLines;
  readonly segments: StoredLines;
  readonly globals: { readonly text: string; readonly object: StoredObject };
  readonly dumpWarnings: readonly string[];
  /** What was not known before the dump. */
  readonly omissions: readonly Omission[];
  readonly derived: readonly DerivedFingerprint[];
  /** The comparison with the previous backup. */
  readonly volume: NonNullable<Manifest['volume']>;
  /** Warnings that its source is not that of the earlier backups. */
  readonly sourceWarnings: readonly string[];
}

/** The manifest of a backup whose objects are all stored. */
export function buildManifest(input: ManifestInput): Manifest {
  const { request, source, takenAt, finishedAt, compression, totals, entries, segments, globals } = input;
  const { facts } = source;
  const globalsBytes = Buffer.from(globals.text);
  return {
    format: 'holdfast.manifest',
    version: 2,
    database: request.name,
    dbName: facts.database,
    key: input.keys.dump,
    tool,
    server: {
      version: facts.version,
      versionNum: facts.versionNum,
      systemIdentifier: facts.systemIdentifier,
      inRecovery: facts.inRecovery,
    },
    client: { program: 'pg_dump', version: source.programs.version },
    encoding: facts.encoding,
    locale: {
      collate: facts.locale.collate ?? 'C',
      ctype: facts.locale.ctype ?? 'C',
      provider: facts.locale.provider,
      icuLocale: facts.locale.icuLocale ?? undefined,
      lcMonetary: facts.locale.lcMonetary,
    },
    session: facts.settings,
    ...(source.timeZoneRules !== undefined && { timeZoneRules: source.timeZoneRules }),
    bootstrapRole: facts.bootstrapRole,
    snapshot: input.snapshot,
    ...(input.jobs !== undefined && { jobs: input.jobs }),
    takenAt: takenAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs: Math.max(0, finishedAt.getTime() - takenAt.getTime()),
    selection: { schemas: request.schemas, excludeTableData: request.excludeTableData },
    compression: { method: compression.method, level: compression.level, program: compression.program ?? 'none' },
    parts: [
      { role: 'dump', rawBytes: totals.rawBytes, ...stored(input.object) },
      {
        role: 'globals',
        rawBytes: globalsBytes.length,
        rawSha256: createHash('sha256').update(globalsBytes).digest('hex'),
        ...stored(globals.object),
      },
      { role: 'entries', rawBytes: entries.rawBytes, rawSha256: entries.rawSha256, ...stored(entries.object) },
      { role: 'segments', rawBytes: segments.rawBytes, rawSha256: segments.rawSha256, ...stored(segments.object) },
    ],
    totals,
    fingerprint: { algorithm: 'murmur3-x86-128-lanesum', version: input.fingerprint },
    entriesSha256: entries.rawSha256,
    extensions: source.extensions,
    ...(facts.preloaded && { preloaded: facts.preloaded }),
    roles: input.roles,
    omissions: [...source.omissions, ...input.omissions].map((omission) => ({
      kind: omission.kind,
      detail: describeOmission(omission),
      objects: omission.objects,
      total: omission.total,
    })),
    derived: input.derived,
    warnings: [
      ...source.warnings,
      ...input.sourceWarnings,
      ...input.dumpWarnings,
      ...dropsIn(input.volume, totals),
      ...emptinessOf(totals),
    ],
    volume: input.volume,
  };
}

/** The sentences about what has dropped. */
export function dropsIn(volume: NonNullable<Manifest['volume']>, totals: DumpTotals): string[] {
  return volume.comparedWith === null ? [] : describeDrops(volume, totals);
}

/** The sentence about a backup without rows. */
export function emptinessOf(totals: DumpTotals): string[] {
  const empty = describeEmpty(totals);
  return empty === undefined ? [] : [empty];
}

function stored({ key, size, sha256, versionId, kmsKeyArn }: StoredObject) {
  return { key, storedBytes: size, sha256, versionId, kmsKeyArn };
}
