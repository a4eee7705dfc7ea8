/** All kinds of faults, in the order of the report. */
import { CORRUPTION_KINDS } from './corruptions/kinds.js';
import type { FaultKind } from './harness/fault-kind.js';
import { atOnce } from './kinds/at-once.js';
import { churn } from './kinds/churn.js';
import { clockJump } from './kinds/clock-jump.js';
import { connection } from './kinds/connection.js';
import { diskFull, proofDiskFull } from './kinds/disk-full.js';
import { fewDescriptors } from './kinds/few-descriptors.js';
import { interrupt } from './kinds/interrupt.js';
import { keptWaiting } from './kinds/kept-waiting.js';
import { killHoldfast } from './kinds/kill-holdfast.js';
import { killPgDump } from './kinds/kill-pg-dump.js';
import { killPsql } from './kinds/kill-psql.js';
import { killServer } from './kinds/kill-server.js';
import { lyingExit } from './kinds/lying-exit.js';
import { storeConnection } from './kinds/store-connection.js';
import { storeLies } from './kinds/store-lies.js';
import { storeRefuses } from './kinds/store-refuses.js';
import { wrongClock } from './kinds/wrong-clock.js';

export const FAULT_KINDS: readonly FaultKind[] = [
  killHoldfast,
  killPgDump,
  killPsql,
  killServer,
  lyingExit,
  connection,
  storeRefuses,
  storeConnection,
  storeLies,
  diskFull,
  proofDiskFull,
  clockJump,
  wrongClock,
  atOnce,
  churn,
  keptWaiting,
  interrupt,
  fewDescriptors,
];

export { CORRUPTION_KINDS };

export const ALL_KINDS: readonly FaultKind[] = [...FAULT_KINDS, ...CORRUPTION_KINDS];
