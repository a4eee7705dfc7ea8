/** What a backup says of the one before it. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { createBackup } from '../../../src/backup/create/create-backup.js';
import { HoldfastError } from '../../../src/core/errors.js';
import type { DatabaseAccess } from '../../../src/postgres/connection.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, requestFor, makeContext, readBackup, takeBackup } from './harness.js';

const SQL = `
  CREATE TABLE orders AS SELECT g AS id, repeat('x', 50) AS note FROM generate_series(1, 1000) g;
  CREATE TABLE customers AS SELECT g AS id FROM generate_series(1, 100) g;
  CREATE TABLE events (at date) PARTITION BY RANGE (at);
  CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  INSERT INTO events VALUES ('2025-05-05'), ('2026-05-05');
`;

let database: TestDatabase;
let access: DatabaseAccess;
let context: BackupContext;
let warnings: string[];

beforeEach(async () => {
  database = await createDatabase(undefined, SQL);
  access = await accessTo(database.name);
  warnings = [];
  context = await makeContext({ logger: { debug() {}, info() {}, warn: (message) => warnings.push(message) } });
});

afterEach(() => database.end());

describe('the manifest', () => {
  it('says that there was nothing to compare the first backup with', async () => {
    const { result } = await takeBackup(access, context);
    expect(result.volume).toEqual({ comparedWith: null, reason: 'There is no earlier backup.' });
    expect(warnings).toEqual([]);
  });

  it('says that nothing has dropped, also when a partition was, and with which backup it was compared', async () => {
    const first = await takeBackup(access, context);
    await database.query('DROP TABLE events_2025; INSERT INTO orders SELECT 0');
    const { result, backup } = await takeBackup(access, context);
    expect(result.volume).toEqual({
      comparedWith: first.backup.key,
      before: { rows: 1102, rawBytes: first.result.rawBytes },
      drops: [],
      vanished: { total: 0, tables: [] },
      shrunk: { total: 0, tables: [] },
    });
    const { stored } = await readBackup(backup, context);
    expect(stored.manifest.volume).toEqual(result.volume);
    expect(stored.manifest.warnings).toEqual([]);
  });

  it('warns of rows, bytes and tables that have gone, and the backup is stored all the same', async () => {
    await takeBackup(access, context);
    await database.query('DROP TABLE customers; DELETE FROM orders WHERE id > 10');
    const { backup } = await takeBackup(access, context);
    const { stored } = await readBackup(backup, context);
    expect(stored.manifest.volume).toMatchObject({
      drops: ['rows', 'bytes', 'tables'],
      vanished: { total: 1, tables: [{ schema: 'public', name: 'customers', rows: 100 }] },
      shrunk: { total: 1, tables: [{ schema: 'public', name: 'orders', rowsBefore: 1000, rows: 10 }] },
    });
    expect(stored.manifest.warnings).toEqual([
      'The rows are down by 98.9 % from the previous backup: 1,102 → 12; most in public.orders (1,000 → 10).',
      expect.stringMatching(/^The bytes of SQL are down by /),
      'A table of the previous backup is gone: public.customers (100 rows).',
    ]);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toMatch(/^db: The rows are down/);
  });

  it('keeps to the limits of the job', async () => {
    await takeBackup(access, context);
    await database.query('DELETE FROM orders WHERE id > 900');
    const volume = { maxRowDrop: 0.05, maxByteDrop: 0.5, onDrop: 'warn' } as const;
    const { result } = await takeBackup(access, context, { volume });
    expect(result.volume).toMatchObject({ drops: ['rows'] });
  });

  it('compares no backup with one of another selection', async () => {
    await takeBackup(access, context);
    const { result } = await takeBackup(access, context, { excludeTableData: ['orders'] });
    expect(result.volume).toEqual({
      comparedWith: null,
      reason: expect.stringMatching(/a different choice/) as string,
    });
    expect(warnings).toEqual([]);
  });
});

describe('a backup before that cannot be read', () => {
  it('is why nothing was compared, where its manifest or its entries are damaged', async () => {
    const file = (key: string) => join(fileURLToPath(context.store.url), key);
    const first = await takeBackup(access, context);
    await rm(file(first.backup.key.replace('.sql.gz', '.entries.jsonl.gz')));
    const second = await takeBackup(access, context);
    expect(second.result.volume).toMatchObject({
      comparedWith: null,
      reason: expect.stringContaining('entries') as string,
    });
    const manifestKey = second.backup.manifestKey;
    await rm(file(manifestKey));
    await writeFile(file(manifestKey), '{}');
    const third = await takeBackup(access, context);
    expect(third.result.volume).toMatchObject({
      comparedWith: null,
      reason: expect.stringContaining(manifestKey) as string,
    });
  });

  it('does not stop the backup, where the vault may only be written', async () => {
    await takeBackup(access, context);
    const refuse = (): never => {
      throw new HoldfastError('VAULT_UNREADABLE', 'Listing s3://vault failed: s3:ListBucket was refused.');
    };
    const { store } = context;
    const writeOnly = { url: store.url, put: store.put.bind(store), get: refuse, head: refuse, list: refuse };
    const result = await createBackup(requestFor(access), { ...context, store: writeOnly });
    expect(result.volume).toEqual({
      comparedWith: null,
      reason: 'Listing s3://vault failed: s3:ListBucket was refused.',
    });
    expect(warnings).toEqual([]);
  });
});
