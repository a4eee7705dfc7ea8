/** All kinds of faults, in the order of the report. */
import type { FaultKind } from './harness/fault-kind.js';
import { killHoldfast } from './kinds/kill-holdfast.js';
import { killPgDump } from './kinds/kill-pg-dump.js';
import { killPsql } from './kinds/kill-psql.js';
import { killServer } from './kinds/kill-server.js';

export const ALL_KINDS: readonly FaultKind[] = [killHoldfast, killPgDump, killPsql, killServer];
