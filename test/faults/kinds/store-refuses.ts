import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { backUpIntoStore, LARGE_OPERATIONS, SMALL_OPERATIONS } from '../harness/store-backup.js';
import type { Fault, FaultProxy, Operation } from '../../emulator/fault-proxy.js';

const ERRORS = [
  { kind: 'answer', status: 500, code: 'InternalError' },
  { kind: 'answer', status: 503, code: 'SlowDown' },
  { kind: 'error-in-body', code: 'InternalError' },
] as const satisfies readonly Fault[];

const DENIED: Fault = { kind: 'answer', status: 403, code: 'AccessDenied' };

const EVERYTHING: readonly Operation[] = [
  ...(['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'HeadObject'] as const),
  ...(['AbortMultipartUpload', 'ListMultipartUploads', 'ListParts', 'DeleteObject'] as const),
];

/** What a store answers when it is busy, broken, or has been told to refuse us. */
export const storeRefuses: FaultKind = {
  name: 'store-refuses',
  about: 'the store answers 500, 503 or an error in a body, once or for ever, or 403 in the middle of a backup',
  variants: 6,
  inject: (scene) => {
    const large = scene.number % 2 === 0;
    return ([refuseOnce, refuseForEver, deny][Math.floor(scene.number / 2) % 3] ?? refuseOnce)(scene, large);
  },
};

function errorFor(scene: Scene, operation: Operation): Fault {
  // Only a completion may fail with status 200.
  return operation === 'CompleteMultipartUpload'
    ? scene.random.pick<Fault>(ERRORS)
    : scene.random.pick<Fault>([ERRORS[0], ERRORS[1]]);
}

/** A store that recovers costs nothing but time. */
async function refuseOnce(scene: Scene, large: boolean): Promise<Outcome> {
  const operation = scene.random.pick(large ? LARGE_OPERATIONS : SMALL_OPERATIONS);
  const fault = errorFor(scene, operation);
  const times = scene.random.between(1, 3);
  const arm = (proxy: FaultProxy) => proxy.fail(operation, fault, times);
  const { run, vault, proxy } = await backUpIntoStore(scene, { large, arm, expected: [] });
  const struck = proxy.count(operation) > 0;
  return judge(scene, { plan: `${times} × ${operation} ${describe(fault)}`, struck, runs: [run], vault });
}

async function refuseForEver(scene: Scene, large: boolean): Promise<Outcome> {
  const operation = scene.random.pick(large ? LARGE_OPERATIONS : SMALL_OPERATIONS);
  const fault = errorFor(scene, operation);
  const arm = (proxy: FaultProxy) => proxy.fail(operation, fault, Infinity);
  const expected = ['VAULT_UNWRITABLE', 'VAULT_UNREADABLE'] as const;
  const { run, vault } = await backUpIntoStore(scene, { large, arm, expected, maySucceed: false });
  return judge(scene, { plan: `${operation} ${describe(fault)} for ever`, struck: run.code !== 0, runs: [run], vault });
}

/** Rights are taken away in the middle, and with them those to clean up. */
async function deny(scene: Scene, large: boolean): Promise<Outcome> {
  const from = scene.random.between(0, large ? 10 : 7);
  let seen = 0;
  const arm = (proxy: FaultProxy) => {
    for (const operation of EVERYTHING) proxy.fail(operation, () => (seen++ >= from ? DENIED : undefined), Infinity);
  };
  const { run, vault } = await backUpIntoStore(scene, { large, arm, expected: ['VAULT_UNWRITABLE'] });
  return judge(scene, {
    plan: `403 to every request from number ${from} on (${large ? 'parts' : 'one request an object'})`,
    struck: run.code !== 0,
    runs: [run],
    vault,
    mayLeave: ['objects', 'open uploads'],
  });
}

function describe(fault: Fault): string {
  if (fault.kind === 'answer') return `answered ${fault.status} ${fault.code}`;
  return 'answered 200 with an error in its body';
}
