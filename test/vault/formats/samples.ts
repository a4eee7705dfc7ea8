/** A valid document of each format, to be changed by tests. */
import type { Manifest } from '../../../src/vault/formats/manifest.js';
import type { Proof } from '../../../src/vault/formats/proof.js';
import { backupKeys } from '../../../src/vault/keys.js';

/** A complete manifest of a backup of `database` that began at `takenAt`. */
export function sampleManifest(database = 'orders', takenAt = new Date('2026-11-22T03:00:00Z')): Manifest {
  const keys = backupKeys({ database, takenAt, compression: 'gzip' });
  return {
    format: 'holdfast.manifest',
    version: 1,
    database,
    dbName: 'orders_production',
    key: keys.dump,
    tool: { name: 'holdfast', version: '0.1.0' },
    server: { version: '15.18', versionNum: 150018, systemIdentifier: '7400000000000000001', inRecovery: false },
    client: { program: 'pg_dump', version: '15.18' },
    encoding: 'UTF8',
    locale: { collate: 'C.UTF-8', ctype: 'C.UTF-8', provider: 'libc', lcMonetary: 'C.UTF-8' },
    session: { TimeZone: 'UTC', bytea_output: 'hex', extra_float_digits: '3' },
    bootstrapRole: 'postgres',
    snapshot: '00000003-0000001B-1',
    takenAt: takenAt.toISOString(),
    finishedAt: new Date(takenAt.getTime() + 61_000).toISOString(),
    durationMs: 61_000,
    selection: { schemas: [], excludeTableData: ['audit.log'] },
    compression: { method: 'gzip', level: 1, program: 'igzip' },
    parts: [
      { role: 'dump', key: keys.dump, rawBytes: 1000, storedBytes: 300, sha256: 'a'.repeat(64) },
      { role: 'globals', key: keys.globals, rawBytes: 100, storedBytes: 50, sha256: 'b'.repeat(64) },
      {
        role: 'entries',
        key: keys.entries,
        rawBytes: 500,
        storedBytes: 90,
        sha256: 'c'.repeat(64),
        rawSha256: 'd'.repeat(64),
        versionId: 'v1',
        kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000',
      },
    ],
    totals: { entries: 3, tables: 1, rows: 10, largeObjects: 0, rawBytes: 1000 },
    fingerprint: { algorithm: 'murmur3-x86-128-lanesum', version: 1 },
    entriesSha256: 'd'.repeat(64),
    extensions: [{ name: 'hstore', version: '1.8', schema: 'public', dependents: ['public.t'] }],
    roles: ['app', 'reporting'],
    omissions: [{ kind: 'role passwords', detail: 'Two roles log in with a password.' }],
    warnings: [],
  };
}

/** A proof of {@link sampleManifest}'s backup. */
export function sampleProof(manifestSha256 = 'e'.repeat(64), manifest = sampleManifest()): Proof {
  return {
    format: 'holdfast.proof',
    version: 2,
    database: manifest.database,
    key: manifest.key,
    manifestSha256,
    verifiedAt: '2026-11-22T04:00:00.500Z',
    durationMs: 42_000,
    tool: { name: 'holdfast', version: '0.1.0' },
    server: { version: '15.18', throwaway: true },
    verdict: 'proven',
    entries: 3,
    matched: 3,
    reprinted: 1,
    differences: [],
    missingExtensions: [],
    notes: [],
    materializedViewsRefreshed: 0,
    supersedes: [],
  };
}
