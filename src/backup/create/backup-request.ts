import type { DumpSettings } from '../../config/sections/dump-settings.js';
import type { VolumeConfig } from '../../config/sections/volume.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import type { Manifest } from '../../vault/formats/manifest.js';

/** What to back up, and how. */
export interface BackupRequest extends DumpSettings {
  /** The database's name in the vault. */
  readonly name: string;
  readonly access: DatabaseAccess;
  /** How much less than the previous backup it may hold. @default half of the rows and of the bytes, with a warning */
  readonly volume?: VolumeConfig | undefined;
  /** How large the segments of the dump get, in bytes of SQL. @default 8 MiB */
  readonly segmentBytes?: number | undefined;
  /** Which tables count as large where there are `jobs`, and how they are cut. */
  readonly largeTables?: LargeTableSizes | undefined;
}

/** In pages of the server, usually 8 KiB. */
export interface LargeTableSizes {
  /** As the server last counted them. @default 4096: 32 MiB */
  readonly minPages?: number;
  /** How many one session reads at a time. @default 512: 4 MiB */
  readonly unitPages?: number;
}

export interface BackupResult {
  /** Its name in the vault. */
  readonly database: string;
  /** Its name on the server. */
  readonly dbName: string;
  /** Of the dump. */
  readonly key: string;
  readonly manifestKey: string;
  readonly rawBytes: number;
  /** Of all objects together, without the manifest. */
  readonly storedBytes: number;
  readonly durationMs: number;
  readonly rows: number;
  readonly tables: number;
  /** Stored objects, with the manifest. */
  readonly objects: number;
  readonly warnings: readonly string[];
  /** The comparison with the previous backup, as in the manifest. */
  readonly volume: NonNullable<Manifest['volume']>;
}
