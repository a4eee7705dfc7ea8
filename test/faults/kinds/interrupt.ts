import { startCommand } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { SOURCE } from '../harness/source-server.js';
import { judgeTarget } from '../harness/target.js';
import { fileVault } from '../harness/vault-place.js';
import { vaultWithBackup } from '../harness/vault-with-backup.js';

/** Somebody presses Ctrl-C, or a scheduler ends the job. */
export const interrupt: FaultKind = {
  name: 'interrupt',
  about: 'SIGINT, SIGTERM or SIGHUP at a random moment of a backup, restore or verification; sometimes twice',
  variants: 3,
  byTime: true,
  inject: (scene) => interruptCommand(scene, (['backup', 'verify', 'restore'] as const)[scene.number % 3] ?? 'backup'),
};

async function interruptCommand(scene: Scene, command: 'backup' | 'verify' | 'restore'): Promise<Outcome> {
  const { world, random } = scene;
  const { source } = world;
  const vault = command === 'backup' ? fileVault(scene) : vaultWithBackup(scene);
  const target = command === 'restore' ? await world.createTarget() : undefined;
  const signal = random.pick<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP']);
  const delay = random.between(150, Math.floor(world.measured[command].milliseconds));
  const again = random.chance(0.25) ? random.between(1, 60) : undefined;
  const started = startCommand(
    scene,
    {
      backup: ['backup', '--url', source.url(SOURCE), '--name', 'db', '--vault', vault.url],
      verify: ['verify', 'db', '--vault', vault.url],
      restore: ['restore', 'db', '--to', source.url(target?.name ?? ''), '--vault', vault.url],
    }[command],
  );
  const timers = [delay, ...(again === undefined ? [] : [delay + again])].map((ms) =>
    setTimeout(() => started.send(signal), ms),
  );
  const ended = await started.result;
  for (const timer of timers) clearTimeout(timer);
  // Before its handler is there and after it has gone, a signal ends a process as it ends any other; a second one ends
  // it at once, without a document.
  const byDefault = ended.signal === signal;
  const atOnce = again !== undefined && ended.code === 130 && ended.stdout === '';
  const run = { ...ended, killed: byDefault || atOnce };
  return judge(scene, {
    plan: `${signal} to a ${command} after ${delay} ms${again === undefined ? '' : `, and again after ${again} ms`}`,
    struck: byDefault || ended.code === 130,
    runs: [{ ...run, expected: ['INTERRUPTED'] }],
    vault,
    // A second signal leaves no time for anything.
    mayLeave: ['a backup', ...(atOnce || byDefault ? (['objects', 'temporary files'] as const) : [])],
    backupsBefore: command === 'backup' ? 0 : 1,
    violations: target ? await judgeTarget(world, target, ended.code === 0 ? 'whole' : undefined) : [],
  });
}
