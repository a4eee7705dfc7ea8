/** What a kind of fault is, and what comes out of injecting one. */
import type { Random } from './random.js';
import type { World } from './world.js';

export interface FaultKind {
  /** As `--only` takes it. */
  readonly name: string;
  /** One line for the report and the documentation. */
  readonly about: string;
  /** How many of it one run needs at least to see each of its variants. @default 1 */
  readonly variants?: number;
  /** Whether it strikes after a time: on a busy machine it may be too late, and of a few none be reached. */
  readonly byTime?: true;
  /** Injects one fault and judges what it has left. */
  inject(scene: Scene): Promise<Outcome>;
}

/** Where one fault happens. */
export interface Scene {
  readonly world: World;
  readonly kind: string;
  /** From 0. Kinds with variants take them in turn. */
  readonly number: number;
  readonly random: Random;
  /** The fault's own: removed after it. Its path marks all processes that the fault has to do with. */
  readonly directory: string;
  /** The temporary directory of what is run. */
  readonly tmp: string;
}

/** What the vault held in the end. */
export type Ending =
  /** A backup, and it is proven. */
  | 'proven'
  /** Nothing that any command takes for a backup. */
  | 'none'
  /** As `none`, and objects without a manifest lie there, shown as incomplete. */
  | 'incomplete'
  /** A damaged backup, and what is hurt is named. */
  | 'named';

export const ENDINGS: readonly Ending[] = ['proven', 'none', 'incomplete', 'named'];

export interface Outcome {
  /** What was done, in words: `SIGKILL to pg_dump after 81,234 bytes`. */
  readonly plan: string;
  /** Whether the fault happened; a run may be over before its moment comes. */
  readonly struck: boolean;
  readonly ending: Ending;
  /** What should not be; nothing, when all is well. */
  readonly violations: readonly string[];
}
