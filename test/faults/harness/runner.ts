/** Runs faults: of each kind so many, two at a time, each in a directory of its own. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultKind, Outcome } from './fault-kind.js';
import { Random } from './random.js';
import type { World } from './world.js';

export interface RunOptions {
  readonly kinds: readonly FaultKind[];
  /** The whole run can be repeated from it. */
  readonly seed: string;
  /** Faults altogether; the kinds take turns. */
  readonly count: number;
  /** Only this one of its kind, counted from 0. */
  readonly only?: number | undefined;
  /** Faults at a time. @default 2 */
  readonly lanes?: number;
  readonly onOutcome?: (result: FaultResult) => void;
  /** Ends the run early. What is under way then is not judged: it may have been interrupted as well. */
  readonly signal?: AbortSignal;
}

/** One fault, and what became of it. */
export interface FaultResult extends Outcome {
  readonly kind: string;
  /** Counted from 0 within its kind. */
  readonly number: number;
  readonly milliseconds: number;
}

interface Planned {
  readonly kind: FaultKind;
  readonly number: number;
}

/** @returns in the order of the plan, whatever ended first */
export async function runFaults(world: World, options: RunOptions): Promise<FaultResult[]> {
  const plan = planFaults(options);
  const results: FaultResult[] = [];
  let next = 0;
  const lane = async () => {
    while (next < plan.length && !options.signal?.aborted) {
      const index = next++;
      const result = await runFault(world, plan[index] as Planned, options.seed);
      if (options.signal?.aborted) return;
      results[index] = result;
      options.onOutcome?.(result);
    }
  };
  await Promise.all(Array.from({ length: options.lanes ?? 2 }, lane));
  // Without the holes of a run that was ended early.
  return results.filter((result) => result !== undefined);
}

/** Kind by kind in turns, so that a small count still has all of them. */
function planFaults({ kinds, count, only }: RunOptions): Planned[] {
  if (only !== undefined) return kinds.map((kind) => ({ kind, number: only }));
  return Array.from({ length: count }, (_, i) => ({
    kind: kinds[i % kinds.length] as FaultKind,
    number: Math.floor(i / kinds.length),
  }));
}

async function runFault(world: World, { kind, number }: Planned, seed: string): Promise<FaultResult> {
  const directory = join(world.directory, `${kind.name}-${number}`);
  const tmp = join(directory, 't');
  mkdirSync(tmp, { recursive: true });
  for (const open of [directory, tmp]) chmodSync(open, 0o755);
  const random = new Random(`${seed} ${kind.name} ${number}`);
  const started = performance.now();
  const scene = { world, kind: kind.name, number, random, directory, tmp };
  const outcome = await kind.inject(scene).catch((error: unknown): Outcome => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { plan: 'the harness itself failed', struck: false, ending: 'none', violations: [text] };
  });
  rmSync(directory, { recursive: true, force: true });
  return { kind: kind.name, number, milliseconds: Math.round(performance.now() - started), ...outcome };
}
