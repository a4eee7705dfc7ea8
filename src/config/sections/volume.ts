/** `volume`: how much less than the backup before a backup may hold. */
import { z } from 'zod';

export const DEFAULT_MAX_DROP = 0.5;
export const ON_DROP = ['warn', 'fail'] as const;

const share = () => {
  const error = 'Give a share from 0 to 1, for example 0.5.';
  return z.number({ error }).min(0, { error }).max(1, { error });
};

export const volumeSchema = z.strictObject({
  maxRowDrop: share().optional().meta({
    description: 'The share of the rows of the backup before that may be gone; 1 allows all.',
    default: DEFAULT_MAX_DROP,
  }),
  maxByteDrop: share().optional().meta({
    description: 'The same for the bytes of SQL.',
    default: DEFAULT_MAX_DROP,
  }),
  onDrop: z.enum(ON_DROP).optional().meta({
    description:
      'What a backup does that holds less than that, or lacks a table of the one before: warn, or fail with exit status 3. It is stored in either case.',
    default: 'warn',
  }),
});

export type VolumeInput = z.input<typeof volumeSchema>;

export interface VolumeConfig {
  /** 0 to 1. */
  readonly maxRowDrop: number;
  /** 0 to 1. */
  readonly maxByteDrop: number;
  readonly onDrop: (typeof ON_DROP)[number];
}

export function resolveVolume(given: VolumeInput = {}): VolumeConfig {
  const { maxRowDrop = DEFAULT_MAX_DROP, maxByteDrop = DEFAULT_MAX_DROP, onDrop = 'warn' } = given;
  return { maxRowDrop, maxByteDrop, onDrop };
}
