import type { DatabaseStatus, HistorySource } from '../../backup/status/database-status.js';
import type { VaultStatus } from '../../backup/status/read-status.js';
import type { StatusDocument } from '../json/status-document.js';
import { toSourceDocument } from '../json/to-source.js';

/** The document without its `schemaVersion`. */
export function toStatusDocument(
  { at, databases, unreadable }: VaultStatus,
  vault: string,
): Omit<StatusDocument, 'schemaVersion'> {
  return { vault, at: at.toISOString(), problem: unreadable ?? null, databases: databases.map(toDatabase) };
}

function toDatabase(status: DatabaseStatus): StatusDocument['databases'][number] {
  const { database, configured, state, problems, backups, lastBackup, lastProof, objectives, trend } = status;
  const { backupAgeMs = 0, proofAgeMs = 0 } = status;
  return {
    database,
    configured,
    state,
    problems: [...problems],
    backups,
    lastBackup: lastBackup ? { ...lastBackup, takenAt: lastBackup.takenAt.toISOString(), ageMs: backupAgeMs } : null,
    lastProof: lastProof
      ? {
          key: lastProof.key,
          backupKey: lastProof.backupKey,
          verdict: lastProof.verdict,
          ...lastProof.beside,
          verifiedAt: lastProof.verifiedAt.toISOString(),
          ageMs: proofAgeMs,
          why: lastProof.why,
        }
      : null,
    across: status.across.map(({ serverMajor, verdict, key, backupKey, verifiedAt }) => ({
      ...{ serverMajor, verdict, key, backupKey, verifiedAt },
    })),
    source: toSource(status.source),
    anomalies: [...status.anomalies],
    objectives: { backupAgeMs: objectives.backupAgeMs ?? null, proofAgeMs: objectives.proofAgeMs ?? null },
    drops: [...status.drops],
    notRead: status.notRead,
    notCompared: status.notCompared ?? null,
    trend: trend.map((point) => ({ ...point, takenAt: point.takenAt.toISOString() })),
  };
}

function toSource({ counting, accepted, newest }: HistorySource): StatusDocument['databases'][number]['source'] {
  return {
    counting: counting ? toSourceDocument(counting) : null,
    acceptedAt: accepted?.at.toISOString() ?? null,
    acceptedBy: accepted?.by ?? null,
    newest: newest ? { ...toSourceDocument(newest), relation: newest.relation } : null,
  };
}
