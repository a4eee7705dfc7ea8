/** What compresses a dump: the programs, and what each of them can do. */
import { HIGHEST_LEVELS, type CompressionMethod } from '../../syntax/compression.js';

/** What makes them: `builtin` is this process's own zlib on all cores, the others are programs on the PATH. */
export type CompressionProgram = 'builtin' | 'igzip' | 'pigz' | 'zstd';

/** What a caller asks for. */
export interface CompressionRequest {
  readonly method: CompressionMethod;
  /**
   * Higher is smaller and slower; `igzip` has 1 to 3, the others what their method has.
   *
   * @default 1 for gzip, 3 for zstd
   */
  readonly level?: number | null | undefined;
  /** @default 'auto': for gzip `igzip` where it is installed and has the level, else `builtin`; for zstd `zstd` */
  readonly program?: CompressionProgram | 'auto' | null | undefined;
  /** The environment whose PATH is searched. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What will be used, as the manifest records it. It is itself a {@link CompressionRequest} once it has an `env`. */
export interface CompressionChoice {
  readonly method: CompressionMethod;
  /** `null` without compression. */
  readonly level: number | null;
  /** `null` without compression. */
  readonly program: CompressionProgram | null;
  /** How the object's name ends. */
  readonly extension: '.gz' | '.zst' | '';
}

/** What each program produces and accepts. */
export const compressionPrograms: Readonly<
  Record<
    CompressionProgram,
    {
      readonly method: 'gzip' | 'zstd';
      readonly maxLevel: number;
      readonly defaultLevel: number;
      readonly debian?: string;
    }
  >
> = {
  builtin: { method: 'gzip', maxLevel: HIGHEST_LEVELS.gzip, defaultLevel: 1 },
  igzip: { method: 'gzip', maxLevel: 3, defaultLevel: 1, debian: 'isal' },
  pigz: { method: 'gzip', maxLevel: HIGHEST_LEVELS.gzip, defaultLevel: 1, debian: 'pigz' },
  zstd: { method: 'zstd', maxLevel: HIGHEST_LEVELS.zstd, defaultLevel: 3, debian: 'zstd' },
};
