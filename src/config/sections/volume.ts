/** `volume`: how much smaller than the previous backup a backup may be. */
import * as z from 'zod';

export const DEFAULT_MAX_DROP = 0.5;
export const ON_DROP = ['warn', 'fail'] as const;

const share = () => {
  const error = 'Give a share from 0 to 1, for example 0.5.';
  return z.number({ error }).min(0, { error }).max(1, { error });
};

export const volumeSchema = z.strictObject({
  maxRowDrop: share().optional().meta({
    description: "At most this share of the previous backup's rows is allowed to be missing; 1 allows all.",
    default: DEFAULT_MAX_DROP,
  }),
  maxByteDrop: share().optional().meta({
    description: 'The same for the bytes of SQL.',
    default: DEFAULT_MAX_DROP,
  }),
  onDrop: z.enum(ON_DROP).optional().meta({
    description:
      'What happens when a backup holds less than that, or a table of the previous one is missing: warn, or fail with exit status 3. The backup is stored in either case.',
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
