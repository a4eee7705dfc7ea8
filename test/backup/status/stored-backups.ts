/** Puts small but true backups and proofs into a store: objects, entries and manifests that agree. */
import { createHash } from 'node:crypto';
import type { Entry } from '../../../src/dump/entry.js';
import type { EntryRecord } from '../../../src/vault/formats/entries.js';
import { openLinesWriter } from '../../../src/vault/formats/lines-writer.js';
import { writeManifest, type Manifest } from '../../../src/vault/formats/manifest.js';
import { writeProof, type Proof } from '../../../src/vault/formats/proof.js';
import { backupKeys } from '../../../src/vault/keys.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { sampleManifest, sampleProof } from '../../vault/formats/samples.js';

export interface BackupToStore {
  readonly database: string;
  readonly takenAt: Date;
  /** Rows by the table's name. @default { t: 10 } */
  readonly tables?: Readonly<Record<string, number>>;
  /** On top of what follows from the tables. */
  readonly manifest?: Partial<Manifest>;
}

export interface PutBackup {
  readonly manifest: Manifest;
  readonly manifestSha256: string;
}

/** A hundred bytes of SQL for each row, and a thousand for the rest. */
export async function putBackup(store: ObjectStore, backup: BackupToStore): Promise<PutBackup> {
  const { database, takenAt, tables = { t: 10 } } = backup;
  const keys = backupKeys({ database, takenAt, compression: 'gzip' });
  const dump = await store.put(keys.dump, once(`-- ${database}`));
  const globals = await store.put(keys.globals, once('-- roles'));
  const writer = openLinesWriter<EntryRecord>(store, keys.entries);
  for (const [name, rows] of Object.entries(tables)) await writer.write(tableData(name, rows));
  const entries = await writer.finish();
  const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
  const rawBytes = 1000 + 100 * rows;
  const part = ({ key, size, sha256 }: typeof dump, raw: number) => ({ key, rawBytes: raw, storedBytes: size, sha256 });
  const manifest: Manifest = {
    ...sampleManifest(database, takenAt),
    parts: [
      { role: 'dump', ...part(dump, rawBytes) },
      { role: 'globals', ...part(globals, 8) },
      { role: 'entries', ...part(entries.object, entries.rawBytes) },
    ],
    totals: { entries: entries.lines, tables: Object.keys(tables).length, rows, largeObjects: 0, rawBytes },
    entriesSha256: entries.rawSha256,
    ...backup.manifest,
  };
  const { sha256 } = await writeManifest(store, manifest);
  return { manifest, manifestSha256: sha256 };
}

/** A proof of a backup; `proven` if not said otherwise. */
export async function putProof(
  store: ObjectStore,
  { manifest, manifestSha256 }: PutBackup,
  verifiedAt: Date,
  overrides: Partial<Proof> = {},
): Promise<string> {
  const proof = { ...sampleProof(manifestSha256, manifest), verifiedAt: verifiedAt.toISOString(), ...overrides };
  return (await writeProof(store, proof)).key;
}

/** Replaces an object, which no store does by itself. */
export async function overwrite(store: ObjectStore, key: string, text: string): Promise<void> {
  await store.delete?.(key);
  await store.put(key, once(text));
}

function tableData(name: string, rows: number): Entry {
  const hash = createHash('md5').update(name).digest('hex');
  const identity = { type: 'TABLE DATA', schema: 'public', name, owner: 'app', occurrence: 1 };
  return {
    kind: 'table-data',
    ...identity,
    table: { schema: 'public', name },
    columns: ['a'],
    rows,
    bytes: rows,
    hash,
  };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
