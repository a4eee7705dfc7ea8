/** How many sessions read large tables. */
import { availableParallelism } from 'node:os';
import type { DumpSettings } from '../../config/sections/dump-settings.js';

/** More read faster than one process can hash and hand on. */
const MOST_AUTOMATIC = 4;

/** `auto` is one for each core of this machine, at most 4; 1 leaves everything to pg_dump. */
export function resolveJobs(jobs: DumpSettings['jobs']): number {
  return jobs === 'auto' ? Math.min(MOST_AUTOMATIC, availableParallelism()) : (jobs ?? 1);
}
