/** Changes what lies in a file vault, as somebody with access to the disk could. */
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { DumpReader } from '../../../src/dump/dump-reader.js';
import type { Entry } from '../../../src/dump/entry.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { sealDocument } from '../../../src/vault/formats/document.js';
import type { Manifest } from '../../../src/vault/formats/manifest.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

export type Role = 'dump' | 'globals' | 'entries' | 'segments';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] extends object ? Writable<T[Key]> : T[Key] };
export type WritableManifest = Writable<Manifest>;

export class TamperedVault {
  readonly #directory: string;
  readonly #backup: CompleteBackup;

  /** A copy of the vault of `context`, whose own stays as it is. */
  constructor(context: BackupContext, backup: CompleteBackup) {
    this.#directory = join(temporaryDirectory(), 'vault');
    this.#backup = backup;
    cpSync(fileURLToPath(context.store.url), this.#directory, { recursive: true });
  }

  /** Takes all backups of another database out of it. */
  removeDatabase(database: string): void {
    rmSync(join(this.#directory, 'layer2', database), { recursive: true });
  }

  /** `context` with this vault in place of its own. */
  context(context: BackupContext): BackupContext {
    return { ...context, store: openFileStore(this.#directory) };
  }

  /** For `--vault`. */
  get url(): string {
    return pathToFileURL(this.#directory).href;
  }

  path(role: Role | 'manifest'): string {
    const key = role === 'manifest' ? this.#backup.manifestKey : this.key(role);
    return join(this.#directory, key);
  }

  key(role: Role): string {
    return this.manifest().parts.find((part) => part.role === role)!.key;
  }

  manifest(): WritableManifest {
    return JSON.parse(readFileSync(this.path('manifest'), 'utf8')) as WritableManifest;
  }

  /** As somebody would who knows the format: its checksum is right. */
  editManifest(edit: (manifest: WritableManifest) => void): void {
    const manifest = this.manifest();
    edit(manifest);
    writeFileSync(this.path('manifest'), sealDocument(JSON.stringify(manifest, null, 2)));
  }

  /** The stored bytes are changed; the manifest is not. */
  edit(role: Role | 'manifest', change: (bytes: Buffer) => Buffer): void {
    const path = this.path(role);
    writeFileSync(path, change(readFileSync(path)));
  }

  remove(role: Role): void {
    unlinkSync(this.path(role));
  }

  text(role: Role): string {
    return gunzipSync(readFileSync(this.path(role))).toString('latin1');
  }

  /**
   * The content is replaced, and the manifest says that it was always so: sizes and hashes, but not the totals. A
   * dump that is replaced has no segments, as those of older backups.
   */
  forge(role: Role, latin1: string): void {
    const raw = Buffer.from(latin1, 'latin1');
    const stored = gzipSync(raw);
    writeFileSync(this.path(role), stored);
    this.editManifest((manifest) => {
      if (role === 'dump') manifest.parts = manifest.parts.filter((part) => part.role !== 'segments');
      const part = manifest.parts.find((candidate) => candidate.role === role)!;
      part.rawBytes = raw.length;
      part.storedBytes = stored.length;
      part.sha256 = sha256(stored);
      if (part.rawSha256 !== undefined) part.rawSha256 = sha256(raw);
      if (role === 'entries') manifest.entriesSha256 = sha256(raw);
      if (role === 'dump') manifest.totals.rawBytes = raw.length;
    });
  }

  /** Replaces the dump, and entries and totals with it, so that everything agrees. */
  forgeAll(latin1: string): void {
    const entries: Entry[] = [];
    const reader = new DumpReader({ entry: (entry) => entries.push(entry) });
    reader.write(Buffer.from(latin1, 'latin1'));
    const totals = reader.end();
    this.forge('dump', latin1);
    this.forge(
      'entries',
      Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')).toString('latin1'),
    );
    this.editManifest((manifest) => (manifest.totals = totals));
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
