/**
 * The judge of every fault: looks at what the commands said, at the operating system, at the store, and at the vault
 * through the commands that users have.
 */
import type { Outcome, Scene } from './fault-kind.js';
import { judgeLeftovers } from './judge-leftovers.js';
import { judgeRun, type FaultyRun } from './judge-run.js';
import { judgeVault } from './judge-vault.js';
import type { TcpProxy } from './tcp-proxy.js';
import type { VaultPlace } from './vault-place.js';

/** What a fault may leave where nobody is left to remove it, or where removal is refused as well. */
export type Leftover =
  /** Objects without a manifest. */
  | 'objects'
  /** Of a file vault; the next backup must remove them. */
  | 'temporary files'
  | 'open uploads'
  /** A whole backup although its command did not succeed: its last answer was lost, or it was ended after it. */
  | 'a backup';

export interface Aftermath {
  readonly plan: string;
  readonly struck: boolean;
  readonly runs: readonly FaultyRun[];
  readonly vault: VaultPlace;
  /** @default nothing */
  readonly mayLeave?: readonly Leftover[];
  /** How many backups lay in the vault before. @default 0 */
  readonly backupsBefore?: number;
  /** Whether the disk of the vault may have no room for the proof of the judge's own verification. @default false */
  readonly mayLackRoom?: boolean;
  /** The proxy that the commands connected through. */
  readonly proxy?: TcpProxy | undefined;
  /** What only this kind of fault knows to look at. */
  readonly violations?: readonly string[];
}

/** @returns the outcome, with everything that is not as it should be */
export async function judge(scene: Scene, aftermath: Aftermath): Promise<Outcome> {
  const { plan, struck, runs } = aftermath;
  const violations = [...runs.flatMap(judgeRun), ...(aftermath.violations ?? [])];
  violations.push(...(await judgeLeftovers(scene, aftermath)));
  const vault = await judgeVault(scene, aftermath);
  violations.push(...vault.violations);
  return { plan, struck, ending: vault.ending, violations };
}
