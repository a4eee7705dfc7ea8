/** What long work reports while it runs, for display. */

export interface Progress {
  /** `dump` … : what is being done, for one database. */
  readonly phase: 'connect' | 'dump' | 'store' | 'server' | 'restore' | 'fingerprint' | 'check';
  readonly database: string;
  /** Bytes of plain SQL (or, with `check`, of stored objects) so far. */
  readonly bytes: number;
  /** Roughly what `bytes` will add up to, where that is known. */
  readonly expectedBytes?: number | undefined;
  readonly rows?: number;
}

export type ProgressListener = (progress: Progress) => void;
