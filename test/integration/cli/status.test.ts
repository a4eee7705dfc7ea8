import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupDocument, verifyDocument } from '../../../src/cli/json/documents.js';
import { statusDocument } from '../../../src/cli/json/status-document.js';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { putBackup, putProof } from '../../backup/status/stored-backups.js';
import { parsePrometheus } from '../../cli/status/prometheus-parser.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { parseDocument, runFailing, runJson } from './run-json.js';
import { SHOP_SQL } from './shop.js';
import { newVault } from '../../helpers/vault.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ago = (ms: number) => new Date(Date.now() - ms);

let shop: TestDatabase;
let cwd: string;
let vault: string;

/** `shop` is fresh and proven, `stale` two days old, `never` has no backup; `forgotten` is in the vault alone. */
beforeAll(async () => {
  shop = await createDatabase(sharedServer(), SHOP_SQL);
  const { host, port, superuser } = sharedServer();
  const { directory, url } = newVault();
  vault = url;
  cwd = temporaryDirectory();
  await writeFile(
    join(cwd, 'holdfast.yaml'),
    `vault: ${vault}
schedule: cron(0 3 * * ? *)
objectives: {proofAge: 8d}
defaults: {host: ${host}, port: ${port}, user: ${superuser}}
databases:
  - {name: shop, dbName: ${shop.name}}
  - {name: stale, dbName: stale}
  - {name: never, dbName: never, objectives: {backupAge: 2h, proofAge: none}}
  - {name: found, discover: {include: ['crm*']}, objectives: {backupAge: none, proofAge: none}}
`,
  );
  await runJson(backupDocument, ['backup', 'shop'], { cwd });
  await runJson(verifyDocument, ['verify', 'shop'], { cwd });
  const store = openFileStore(directory);
  await putBackup(store, { database: 'stale', takenAt: ago(4 * DAY), tables: { t: 20 } });
  const stale = await putBackup(store, { database: 'stale', takenAt: ago(2 * DAY), tables: { t: 19 } });
  await putProof(store, stale, ago(DAY));
  await putBackup(store, { database: 'forgotten', takenAt: ago(400 * DAY) });
  await putBackup(store, { database: 'found-crm', takenAt: ago(400 * DAY), manifest: { dbName: 'crm' } });
});
afterAll(() => shop.end());

describe('status', () => {
  it('shows the databases of config and vault, worst first, and exits with 3 where an objective is broken', async () => {
    const { code, stdout, stderr } = await runHoldfast(['status'], { cwd });
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^database +state +last backup +backup at most +last proof +proof at most +size +trend$/);
    expect(lines[1]).toMatch(/^never +broken +none +2h +none$/);
    expect(lines[2]).toMatch(/^stale +broken +2 days ago +1d2h +proven, 24 h ago +8d +2\.9 kB +██ -3 %$/);
    expect(lines[3]).toMatch(/^forgotten \(not in the config\) +no objective +400 days ago +none +2\.0 kB +█$/);
    expect(lines[4]).toMatch(/^found-crm +no objective +400 days ago +none +2\.0 kB +█$/);
    expect(lines[5]).toMatch(/^shop +ok +\d+ (?:s|min) ago +1d2h +proven, \d+ (?:s|min) ago +8d +[\d.]+ kB +█$/);
    expect(lines.slice(6)).toEqual([
      '',
      'never: There is no backup.',
      'stale: The newest backup is 2d old; at most 1d2h is allowed.',
      '',
    ]);
  });

  it('says the same as JSON, by --json and by --format json', async () => {
    const document = await runJson(statusDocument, ['status'], { cwd, exitCode: 3 });
    expect(document).toMatchObject({ vault, problem: null });
    expect(document.databases.map(({ database, state, configured }) => [database, state, configured])).toEqual([
      ['never', 'broken', true],
      ['stale', 'broken', true],
      ['forgotten', 'ok', false],
      ['found-crm', 'ok', true],
      ['shop', 'ok', true],
    ]);
    expect(document.databases[1]).toMatchObject({
      problems: [{ kind: 'backup-too-old', severity: 'broken' }],
      backups: { complete: 2, incomplete: 0 },
      lastBackup: { rows: 19, rawBytes: 2900 },
      lastProof: { verdict: 'proven' },
      objectives: { backupAgeMs: 95_040_000, proofAgeMs: 8 * DAY },
      notCompared: null,
      trend: [{ rows: 20 }, { rows: 19 }],
    });
    const result = await runHoldfast(['status', '--format', 'json'], { cwd });
    expect(result.code).toBe(3);
    const other = parseDocument(statusDocument, result);
    expect(other.databases.map(({ database }) => database)).toEqual(document.databases.map(({ database }) => database));
  });

  it('says it for Prometheus', async () => {
    const { code, stdout } = await runHoldfast(['status', '--format', 'prometheus'], { cwd });
    expect(code).toBe(3);
    const metrics = parsePrometheus(stdout);
    const values = (metric: string): Record<string, number> => {
      const samples = metrics.get(metric)?.samples ?? [];
      return Object.fromEntries(samples.map(({ labels, value }) => [labels['database'] ?? '', value]));
    };
    expect(values('holdfast_objective_broken')).toEqual({ never: 1, stale: 1, forgotten: 0, 'found-crm': 0, shop: 0 });
    expect(Object.keys(values('holdfast_last_backup_timestamp_seconds'))).not.toContain('never');
    expect(values('holdfast_last_backup_rows')).toMatchObject({ shop: 3250, stale: 19 });
    expect(values('holdfast_last_proof_success')).toEqual({ stale: 1, shop: 1 });
  });

  it('of chosen databases exits with 0 where all is well, and options win over the config', async () => {
    const { databases } = await runJson(statusDocument, ['status', 'shop', 'forgotten'], { cwd });
    expect(databases.map(({ database }) => database)).toEqual(['forgotten', 'shop']);
    const args = ['status', 'shop', 'forgotten', '--backup-age', '30d', '--proof-age', 'none'];
    const held = await runJson(statusDocument, args, { cwd, exitCode: 3 });
    expect(held.databases.map(({ database, state }) => [database, state])).toEqual([
      ['forgotten', 'broken'],
      ['shop', 'ok'],
    ]);
    expect(held.databases[1]?.objectives).toEqual({ backupAgeMs: 30 * DAY, proofAgeMs: null });
  });

  it('needs no config for a vault that is named', async () => {
    const { databases } = await runJson(statusDocument, ['status', '--vault', vault], { cwd: temporaryDirectory() });
    expect(databases.map(({ configured }) => configured)).toEqual([false, false, false, false]);
  });

  it('of a vault that cannot be read exits with 4, for people, JSON and Prometheus', async () => {
    const options = { cwd: temporaryDirectory() };
    const nowhere = ['status', '--vault', 'file:///no/such/vault'];
    const { problem, databases } = await runJson(statusDocument, nowhere, { ...options, exitCode: 4 });
    expect({ problem, databases }).toEqual({
      problem: expect.stringContaining('/no/such/vault') as string,
      databases: [],
    });
    const table = await runHoldfast(nowhere, options);
    expect(table.code).toBe(4);
    expect(table.stdout).toContain('/no/such/vault');
    const text = await runHoldfast([...nowhere, '--format', 'prometheus'], options);
    expect(text.code).toBe(4);
    expect(parsePrometheus(text.stdout).get('holdfast_vault_readable')?.samples[0]?.value).toBe(0);
    const known = await runJson(statusDocument, nowhere, { cwd, exitCode: 4 });
    expect(known.databases.map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'unreadable']);
  });

  it('of a vault without any database, which no config names either, is no good news', async () => {
    const empty = newVault().url;
    const { code, stdout } = await runHoldfast(['status', '--vault', empty, '--backup-age', '26h']);
    expect(code).toBe(4);
    expect(stdout).toMatch(/^Neither the config nor the vault .* has a database\./);
  });

  it.each([
    [['--format', 'prometheus', '--json'], /--json and --format prometheus exclude each other/],
    [['--format', 'xml'], /Allowed choices are table, json, prometheus/],
    [['--backup-age', 'soon'], /Give a number with its unit/],
    [['nobody'], /Neither the config nor the vault .* has "nobody"/],
  ])('refuses %j', async (args, message) => {
    const result = await runHoldfast(['status', ...args], { cwd });
    expect(result.code).toBe(2);
    expect(result.stderr.replace(/\s+/g, ' ')).toMatch(message);
  });

  it('refuses a name that nobody knows as a command that failed', async () => {
    expect(await runFailing(['status', 'nobody'], { cwd })).toMatchObject({ code: 'UNKNOWN_DATABASE' });
  });
});
