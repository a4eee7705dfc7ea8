import { describe, expect, it } from 'vitest';
import type { DatabaseHistory } from '../../../src/backup/status/database-status.js';
import { judgeDatabase } from '../../../src/backup/status/judge.js';
import { formatPrometheus } from '../../../src/cli/status/prometheus.js';
import { parsePrometheus } from './prometheus-parser.js';

const NOW = new Date('2026-11-22T12:00:00.250Z');
const VOLUME = { maxRowDrop: 0.5, maxByteDrop: 0.5, onDrop: 'warn' } as const;

function database(name: string, overrides: Partial<DatabaseHistory> = {}) {
  const history: DatabaseHistory = {
    database: name,
    backups: { complete: 3, incomplete: 1 },
    lastBackup: {
      key: 'k',
      takenAt: new Date('2026-11-22T03:00:00Z'),
      durationMs: 61_500,
      rows: 9_007_199_254_740_991,
      tables: 7,
      rawBytes: 123,
      storedBytes: 45,
    },
    part: undefined,
    across: [],
    notRead: 0,
    lastProof: {
      key: 'p',
      backupKey: 'k',
      verdict: 'proven',
      verifiedAt: new Date('2026-11-22T04:00:00.500Z'),
      provenAt: new Date('2026-11-22T04:00:00.500Z'),
      why: 'because',
      held: { tables: 1, rows: 1 },
      beside: { notCompared: 0 },
      fault: undefined,
      provenSince: undefined,
    },
    source: { counting: undefined, accepted: undefined, newest: undefined, unanswered: [], hasOtherProofs: false },
    trend: [],
    drops: [],
    notCompared: undefined,
    unreadable: [],
    anomalies: [],
    ...overrides,
  };
  const objectives = { backupAgeMs: 93_600_000, proofAgeMs: undefined };
  return judgeDatabase(history, { configured: true, objectives, volume: VOLUME }, NOW);
}

const parse = (...databases: ReturnType<typeof database>[]) =>
  parsePrometheus(`${formatPrometheus({ at: NOW, databases, unreadable: undefined })}\n`);

describe('the status for Prometheus', () => {
  it('has every metric with help, type and a unit in its name', () => {
    const metrics = parse(database('db'));
    const values = Object.fromEntries(
      [...metrics].map(([name, { samples }]) => [name, samples.map(({ value }) => value)]),
    );
    expect(values).toEqual({
      holdfast_anomalies: [0],
      holdfast_last_backup_timestamp_seconds: [1_795_316_400],
      holdfast_last_backup_duration_seconds: [61.5],
      holdfast_last_backup_raw_bytes: [123],
      holdfast_last_backup_stored_bytes: [45],
      holdfast_last_backup_rows: [9_007_199_254_740_991],
      holdfast_last_backup_tables: [7],
      holdfast_last_proof_timestamp_seconds: [1_795_320_000.5],
      holdfast_last_proof_success: [1],
      holdfast_backup_age_objective_seconds: [93_600],
      holdfast_objective_broken: [0],
      holdfast_volume_dropped: [0],
      holdfast_source_changed: [0],
      holdfast_unreadable: [0],
      holdfast_configured: [1],
      holdfast_backups: [3, 1],
      holdfast_vault_readable: [1],
      holdfast_status_timestamp_seconds: [1_795_348_800.25],
    });
    for (const { type, help } of metrics.values()) {
      expect(type).toBe('gauge');
      expect(help).toMatch(/\.$/);
    }
  });

  it('keeps the samples of several databases together, and leaves out what is not known', () => {
    const metrics = parse(database('a'), database('b', { lastBackup: undefined, lastProof: undefined }));
    const names = (metric: string) => metrics.get(metric)?.samples.map(({ labels }) => labels['database']);
    expect(names('holdfast_last_backup_timestamp_seconds')).toEqual(['a']);
    expect(names('holdfast_objective_broken')).toEqual(['a', 'b']);
    expect(metrics.get('holdfast_objective_broken')?.samples.map(({ value }) => value)).toEqual([0, 1]);
  });

  it('escapes what a label may not hold', () => {
    const odd = 'a"b\\c\nd{e}, f="g"';
    expect(parse(database(odd)).get('holdfast_configured')?.samples[0]?.labels).toEqual({ database: odd });
  });

  it('tells of bad proofs, drops and what could not be read', () => {
    const lastProof = {
      key: 'p',
      backupKey: 'k',
      verdict: 'differs',
      verifiedAt: NOW,
      provenAt: NOW,
      why: 'because',
      held: { tables: 1, rows: 1 },
      beside: { notCompared: 0 },
      fault: 'It differs.',
      provenSince: undefined,
    } as const;
    const metrics = parse(database('db', { lastProof, drops: ['x'], unreadable: ['y', 'z'] }));
    const value = (metric: string) => metrics.get(metric)?.samples[0]?.value;
    expect(value('holdfast_last_proof_success')).toBe(0);
    expect(value('holdfast_volume_dropped')).toBe(1);
    expect(value('holdfast_unreadable')).toBe(2);
    expect(value('holdfast_objective_broken')).toBe(1);
  });

  it('of a vault that cannot be read says so, and nothing of databases', () => {
    const text = formatPrometheus({ at: NOW, databases: [], unreadable: 'refused' });
    const metrics = parsePrometheus(`${text}\n`);
    expect([...metrics.keys()]).toEqual(['holdfast_vault_readable', 'holdfast_status_timestamp_seconds']);
    expect(metrics.get('holdfast_vault_readable')?.samples).toEqual([{ labels: {}, value: 0 }]);
  });
});

describe('the parser of these tests', () => {
  it.each([
    ['no line feed at the end', '# HELP a b.\n# TYPE a gauge\na 1'],
    ['a sample without a type', '# HELP a b.\na 1\n'],
    ['groups that are torn apart', '# HELP a b.\n# TYPE a gauge\na{x="1"} 1\n# HELP b b.\n# TYPE b gauge\nb 1\na 2\n'],
    ['the same sample twice', '# HELP a b.\n# TYPE a gauge\na 1\na 2\n'],
    ['a quote in a label', '# HELP a b.\n# TYPE a gauge\na{x="y"z"} 1\n'],
    ['no number', '# HELP a b.\n# TYPE a gauge\na null\n'],
  ])('refuses %s', (_, text) => expect(() => parsePrometheus(text)).toThrow());
});
