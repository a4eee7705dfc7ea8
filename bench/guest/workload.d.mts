import type pg from 'pg';

export const ROWS: number;
export const KIND_NAMES: readonly string[];
export const SET_UP: string;
export const ALL_ROWS: number;

export interface Workload {
  /** How many changes are committed by now. */
  changes(): number;
  /** Ends it when the changes that are under way have ended. */
  stop(): Promise<WorkloadResult>;
}

export interface WorkloadResult {
  readonly changes: number;
  /** Milliseconds. */
  readonly longestChange: number;
  /** Milliseconds. */
  readonly longestRead: number;
  /** How many statements failed, by SQLSTATE. */
  readonly failures: Readonly<Record<string, number>>;
}

export function startWorkload(options: {
  readonly connection: pg.ClientConfig;
  readonly kinds: readonly string[];
  readonly perSecond: number;
}): Promise<Workload>;
