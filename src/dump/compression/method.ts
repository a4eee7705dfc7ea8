/** How a dump can be compressed: the names that the configuration, the command line and the manifest share. */

/** What the stored bytes are. */
export type CompressionMethod = 'gzip' | 'zstd' | 'none';

/** What makes them: `builtin` is this process's own zlib on all cores, the others are programs on the PATH. */
export type CompressionProgram = 'builtin' | 'igzip' | 'pigz' | 'zstd';

/** What a caller asks for. */
export interface CompressionRequest {
  readonly method: CompressionMethod;
  /**
   * Higher is smaller and slower: `igzip` 1 to 3, `builtin` and `pigz` 1 to 9, `zstd` 1 to 19.
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
  builtin: { method: 'gzip', maxLevel: 9, defaultLevel: 1 },
  igzip: { method: 'gzip', maxLevel: 3, defaultLevel: 1, debian: 'isal' },
  pigz: { method: 'gzip', maxLevel: 9, defaultLevel: 1, debian: 'pigz' },
  zstd: { method: 'zstd', maxLevel: 19, defaultLevel: 3, debian: 'zstd' },
};
