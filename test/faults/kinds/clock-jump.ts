import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../src/core/clock.js';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { backupHere } from '../harness/backup-here.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { SOURCE } from '../harness/source-server.js';
import { fileVault } from '../harness/vault-place.js';

const HOUR = 3_600_000;

/** Machines wake up, are migrated, or are set right by an hour too late. */
export const clockJump: FaultKind = {
  name: 'clock-jump',
  about: 'the clock jumps by up to ten years, forwards or back, at any reading of it; also back onto a taken second',
  variants: 2,
  inject: (scene) => (scene.number % 2 === 0 ? jumpWithin(scene) : jumpOntoTaken(scene)),
};

/** Each reading is some seconds after the one before, except for one. */
function jumpingClock(
  start: number,
  at: number,
  byMs: number,
): { readonly clock: Clock; readonly jumped: () => boolean } {
  let now = start;
  let readings = 0;
  return { clock: { now: () => new Date((now += readings++ === at ? byMs : 2000)) }, jumped: () => readings > at };
}

async function jumpWithin(scene: Scene): Promise<Outcome> {
  const { random } = scene;
  const vault = fileVault(scene);
  const hours = random.pick([-87_600, -25, -1, 1, 25, 87_600]) * random.between(1, 10) * 0.1;
  // Not the first: nobody has seen the time before it.
  const at = random.between(1, 3);
  const { clock, jumped } = jumpingClock(Date.parse('2026-11-22T03:00:00Z'), at, hours * HOUR);
  const store = openFileStore(fileURLToPath(vault.url));
  const runs = [];
  for (let n = 0; n < 2; n++) runs.push(await backupHere(scene, { store, database: SOURCE, clock, expected: [] }));
  return judge(scene, {
    plan: `two backups, and the clock jumps by ${hours.toFixed(1)} h at its reading ${at}`,
    struck: jumped(),
    runs: runs.map((run) => ({ ...run, maySucceed: true })),
    vault,
  });
}

/** The second backup begins in the second of the first: the first must stay, and the second say so. */
async function jumpOntoTaken(scene: Scene): Promise<Outcome> {
  const vault = fileVault(scene);
  const start = Date.parse('2026-11-22T03:00:00Z') + scene.random.between(0, 1000) * HOUR;
  const store = openFileStore(fileURLToPath(vault.url));
  const backup = (expected: readonly 'OBJECT_EXISTS'[]) =>
    backupHere(scene, { store, database: SOURCE, clock: jumpingClock(start, -1, 0).clock, expected });
  const first = await backup([]);
  const second = await backup(['OBJECT_EXISTS']);
  return judge(scene, {
    plan: 'the clock jumps back onto the second of the backup before',
    struck: second.code !== 0,
    runs: [first, { ...second, maySucceed: false }],
    vault,
  });
}
