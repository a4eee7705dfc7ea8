import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { backUpIntoStore, LARGE_OPERATIONS, SMALL_OPERATIONS } from '../harness/store-backup.js';
import type { Fault, FaultProxy } from '../../emulator/fault-proxy.js';

/** The store hangs, cuts bodies, or does what was asked for and nobody hears of it. */
export const storeConnection: FaultKind = {
  name: 'store-connection',
  about:
    'the store hangs, resets a connection in a body, or carries out a request and drops the answer; up to three times',
  variants: 6,
  inject: (scene) => breakConnection(scene, scene.number % 2 === 0),
};

async function breakConnection(scene: Scene, large: boolean): Promise<Outcome> {
  const { random } = scene;
  const operation = random.pick(large ? LARGE_OPERATIONS : SMALL_OPERATIONS);
  const faults: readonly [Fault, ...Fault[]] = [
    { kind: 'drop-answer' },
    { kind: 'reset', afterBytes: random.between(0, 200_000) },
    { kind: 'hang' },
  ];
  const fault = faults[Math.floor(scene.number / 2) % faults.length] ?? faults[0];
  const times = random.between(1, fault.kind === 'hang' ? 1 : 3);
  const arm = (proxy: FaultProxy) => proxy.fail(operation, fault, times);
  const { run, vault, proxy } = await backUpIntoStore(scene, { large, arm, expected: [] });
  return judge(scene, {
    plan: `${times} × ${operation}: ${fault.kind}${fault.kind === 'reset' ? ` after ${fault.afterBytes} bytes` : ''}`,
    struck: proxy.count(operation) > 0,
    runs: [run],
    vault,
  });
}
