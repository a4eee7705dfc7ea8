/** How a dump can be compressed: the methods and levels that the config, the command line and the manifest share. */

export const COMPRESSIONS = ['gzip', 'zstd', 'none'] as const;

/** What the stored bytes are. */
export type CompressionMethod = (typeof COMPRESSIONS)[number];

/** How a dump that others made may be compressed: read, never written. */
export const FOREIGN_COMPRESSIONS = [...COMPRESSIONS, 'lz4'] as const;

export type ForeignCompression = (typeof FOREIGN_COMPRESSIONS)[number];

/** zstd has levels up to 22, but from 20 on only with --ultra, and whoever reads the dump needs the memory as well. */
export const HIGHEST_LEVELS = { gzip: 9, zstd: 19 } as const;

/** The highest level that any method has. */
export const HIGHEST_LEVEL = Math.max(...Object.values(HIGHEST_LEVELS));

/** What to write for a level. */
export const LEVEL_ADVICE = `Give a level from 1 to ${HIGHEST_LEVELS.gzip} for gzip, or from 1 to ${HIGHEST_LEVELS.zstd} for zstd.`;

/**
 * What is wrong with a level, as a sentence; `undefined` if it is valid.
 *
 * @param method where it is known already; without it, a level is valid if any method has it
 */
export function levelProblem(level: number, method?: CompressionMethod): string | undefined {
  if (method === 'none') return 'Without compression there is no level: leave it out.';
  const highest = method === undefined ? HIGHEST_LEVEL : HIGHEST_LEVELS[method];
  return Number.isInteger(level) && level >= 1 && level <= highest ? undefined : LEVEL_ADVICE;
}
