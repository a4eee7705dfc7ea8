import { startCommand } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { SOURCE } from '../harness/source-server.js';
import { judgeTarget, toldOfTarget } from '../harness/target.js';
import type { Direction } from '../harness/tcp-proxy.js';
import { bytesText } from '../harness/text.js';
import { fileVault } from '../harness/vault-place.js';
import { vaultWithBackup } from '../harness/vault-with-backup.js';

type Command = 'backup' | 'verify' | 'restore';

/** Somebody presses Ctrl-C, or a scheduler ends the job. */
export const interrupt: FaultKind = {
  name: 'interrupt',
  about: 'SIGINT, SIGTERM or SIGHUP at a random byte of a backup or restore, or moment of a verification; or twice',
  variants: 3,
  byTime: true,
  inject: (scene) => interruptCommand(scene, (['backup', 'restore', 'verify'] as const)[scene.number % 3] ?? 'backup'),
};

async function interruptCommand(scene: Scene, command: Command): Promise<Outcome> {
  const { world, random } = scene;
  const { source } = world;
  const vault = command === 'backup' ? fileVault(scene) : vaultWithBackup(scene);
  const target = command === 'restore' ? await world.createTarget() : undefined;
  const signal = random.pick<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP']);
  const again = random.chance(0.25) ? random.between(1, 60) : undefined;
  const proxy = await world.openProxy();
  const timers: NodeJS.Timeout[] = [];
  try {
    const started = startCommand(
      scene,
      {
        backup: ['backup', '--url', source.url(SOURCE, proxy.port), '--name', 'db', '--vault', vault.url],
        verify: ['verify', 'db', '--vault', vault.url],
        restore: ['restore', 'db', '--to', source.url(target?.name ?? '', proxy.port), '--vault', vault.url],
      }[command],
    );
    const strike = () => {
      started.send(signal);
      if (again !== undefined) timers.push(setTimeout(() => started.send(signal), again));
      return 'go-on' as const;
    };
    let moment: string;
    if (command === 'verify') {
      // Nothing of a drill passes the proxy.
      const delay = random.between(150, Math.floor(world.measured.verify.milliseconds));
      timers.push(setTimeout(strike, delay));
      moment = `${delay} ms`;
    } else {
      const direction: Direction = command === 'backup' ? 'to-client' : 'to-server';
      const bytes = random.between(1, world.measured[command].bytes(direction));
      proxy.arm({ direction, bytes, act: strike });
      moment = bytesText(bytes);
    }
    const ended = await started.result;
    // Before its handler is there and after it has gone, a signal ends a process as it ends any other; a second one
    // ends it at once, without a document.
    const byDefault = ended.signal === signal;
    const atOnce = again !== undefined && ended.code === 130 && ended.stdout === '';
    const run = { ...ended, killed: byDefault || atOnce };
    return await judge(scene, {
      plan: `${signal} to a ${command} after ${moment}${again === undefined ? '' : `, and again after ${again} ms`}`,
      struck: byDefault || ended.code === 130,
      runs: [{ ...run, expected: ['INTERRUPTED'] }],
      vault,
      // A second signal leaves no time for anything.
      mayLeave: ['a backup', ...(atOnce || byDefault ? (['objects', 'temporary files'] as const) : [])],
      backupsBefore: command === 'backup' ? 0 : 1,
      proxy,
      violations: target ? await judgeTarget(world, target, toldOfTarget(ended)) : [],
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    await proxy.stop();
  }
}
