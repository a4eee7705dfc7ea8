/**
 * The status in Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * By hand: `prom-client` keeps counters of a running process; this is one text about a vault.
 */
import { isHarmless } from '../../backup/stored/anomalies.js';
import type { DatabaseStatus } from '../../backup/status/database-status.js';
import type { VaultStatus } from '../../backup/status/read-status.js';

interface Gauge {
  readonly name: string;
  readonly help: string;
  /** Absent where it is not known: Prometheus has no null, and 0 would be one. */
  readonly value: (database: DatabaseStatus) => number | undefined;
}

const PER_DATABASE: readonly Gauge[] = [
  {
    name: 'holdfast_last_backup_timestamp_seconds',
    help: 'When the newest backup began, since the epoch.',
    value: ({ lastBackup }) => lastBackup && seconds(lastBackup.takenAt.getTime()),
  },
  {
    name: 'holdfast_last_backup_duration_seconds',
    help: 'How long the newest backup took.',
    value: ({ lastBackup }) => lastBackup && seconds(lastBackup.durationMs),
  },
  {
    name: 'holdfast_last_backup_raw_bytes',
    help: 'Bytes of SQL in the newest backup.',
    value: ({ lastBackup }) => lastBackup?.rawBytes,
  },
  {
    name: 'holdfast_last_backup_stored_bytes',
    help: 'Stored bytes of the newest backup.',
    value: ({ lastBackup }) => lastBackup?.storedBytes,
  },
  {
    name: 'holdfast_last_backup_rows',
    help: 'Rows in the newest backup.',
    value: ({ lastBackup }) => lastBackup?.rows,
  },
  {
    name: 'holdfast_last_backup_tables',
    help: 'Tables with their rows in the newest backup.',
    value: ({ lastBackup }) => lastBackup?.tables,
  },
  {
    name: 'holdfast_last_proof_timestamp_seconds',
    help: 'When the newest proof was made, since the epoch.',
    value: ({ lastProof }) => lastProof && seconds(lastProof.provenAt.getTime()),
  },
  {
    name: 'holdfast_last_proof_success',
    help: 'Whether the proof that counts says proven.',
    value: ({ lastProof }) => lastProof && flag(lastProof.verdict === 'proven'),
  },
  {
    name: 'holdfast_backup_age_objective_seconds',
    help: 'The greatest age that is allowed for the newest backup.',
    value: ({ objectives }) => seconds(objectives.backupAgeMs),
  },
  {
    name: 'holdfast_proof_age_objective_seconds',
    help: 'The greatest age that is allowed for the newest proof.',
    value: ({ objectives }) => seconds(objectives.proofAgeMs),
  },
  {
    name: 'holdfast_objective_broken',
    help: 'Whether an objective is broken, as holdfast status judges it.',
    value: ({ state }) => flag(state === 'broken'),
  },
  {
    name: 'holdfast_volume_dropped',
    help: 'Whether a backup holds far less than the one before, the newest or one of the last day.',
    value: ({ drops }) => flag(drops.length > 0),
  },
  {
    name: 'holdfast_source_changed',
    help: 'Whether backups are of another source, which nobody has accepted.',
    value: ({ problems }) =>
      flag(problems.some(({ kind, severity }) => kind === 'source-changed' && severity === 'broken')),
  },
  {
    name: 'holdfast_anomalies',
    help: 'How many things lie in the vault that no honest run leaves there, or are dated in the future.',
    value: ({ anomalies }) => anomalies.filter((anomaly) => !isHarmless(anomaly)).length,
  },
  {
    name: 'holdfast_unreadable',
    help: 'How many manifests, proofs and entries could not be read, or the vault itself.',
    value: ({ unreadable }) => unreadable.length,
  },
  {
    name: 'holdfast_configured',
    help: 'Whether the config has the database.',
    value: ({ configured }) => flag(configured),
  },
];

/** Every line of the text, without the newline at its end. */
export function formatPrometheus({ at, databases, unreadable }: VaultStatus): string {
  const lines: string[] = [];
  const metric = (name: string, help: string, samples: readonly string[]) => {
    if (samples.length > 0) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples);
  };
  for (const { name, help, value } of PER_DATABASE) {
    const samples = databases.flatMap((database) => {
      const found = value(database);
      return found === undefined ? [] : [`${name}{database="${escapeLabel(database.database)}"} ${found}`];
    });
    metric(name, help, samples);
  }
  const counts = databases.flatMap(({ database, backups }) =>
    (['complete', 'incomplete'] as const).map(
      (state) => `holdfast_backups{database="${escapeLabel(database)}",state="${state}"} ${backups[state]}`,
    ),
  );
  metric('holdfast_backups', 'Backups in the vault; incomplete ones are under way, or were interrupted.', counts);
  metric('holdfast_vault_readable', 'Whether the vault could be listed.', [
    `holdfast_vault_readable ${flag(unreadable === undefined)}`,
  ]);
  metric('holdfast_status_timestamp_seconds', 'When this was found out, since the epoch.', [
    `holdfast_status_timestamp_seconds ${seconds(at.getTime())}`,
  ]);
  return lines.join('\n');
}

function seconds(ms: number): number;
function seconds(ms: number | undefined): number | undefined;
function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

/** In a label's value, a backslash, a quote and a line break are written with a backslash. */
function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
