import { join } from 'node:path';
import { startCommand } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { killBelow } from '../harness/process-tree.js';
import { judgeTarget, toldOfTarget } from '../harness/target.js';
import { bytesText } from '../harness/text.js';
import { fileVault } from '../harness/vault-place.js';

/** A psql that dies is a failure of the restore, and says nothing about the backup. */
export const killPsql: FaultKind = {
  name: 'kill-psql',
  about: 'SIGKILL to psql at a random byte of a restore or a verification',
  variants: 2,
  inject: (scene) => (scene.number % 2 === 0 ? killRestore(scene) : killDrill(scene)),
};

async function killRestore(scene: Scene): Promise<Outcome> {
  const { world, random } = scene;
  world.copyVault(join(scene.directory, 'vault'));
  const vault = fileVault(scene);
  const target = await world.createTarget();
  const proxy = await world.openProxy();
  const bytes = random.between(1, world.measured.restore.bytes('to-server', 'libpq'));
  try {
    const url = world.source.url(target.name, proxy.port);
    const started = startCommand(scene, ['restore', 'db', '--to', url, '--vault', vault.url]);
    let killed = 0;
    const act = () => {
      killed = killBelow(started.pid, ['psql']);
      return 'go-on' as const;
    };
    proxy.arm({ direction: 'to-server', of: 'libpq', bytes, act });
    const run = await started.result;
    return await judge(scene, {
      plan: `SIGKILL to the psql of a restore after ${bytesText(bytes)} to the server`,
      struck: killed > 0,
      runs: [{ ...run, expected: ['RESTORE_CUT_OFF', 'COMMIT_UNKNOWN'] }],
      vault,
      backupsBefore: 1,
      proxy,
      violations: await judgeTarget(world, target, toldOfTarget(run)),
    });
  } finally {
    await proxy.stop();
  }
}

async function killDrill(scene: Scene): Promise<Outcome> {
  const { world, random } = scene;
  world.copyVault(join(scene.directory, 'vault'));
  const vault = fileVault(scene);
  const proxy = await world.openProxy();
  const bytes = random.between(1, world.measured.drill.bytes('to-server', 'libpq'));
  try {
    const url = world.source.url('postgres', proxy.port);
    const started = startCommand(scene, ['verify', 'db', '--server', url, '--vault', vault.url]);
    let killed = 0;
    const act = () => {
      killed = killBelow(started.pid, ['psql']);
      return 'go-on' as const;
    };
    proxy.arm({ direction: 'to-server', of: 'libpq', bytes, act });
    const run = await started.result;
    return await judge(scene, {
      plan: `SIGKILL to the psql of a verification after ${bytesText(bytes)} to the server`,
      struck: killed > 0,
      runs: [{ ...run, expected: ['RESTORE_CUT_OFF', 'COMMIT_UNKNOWN'] }],
      vault,
      backupsBefore: 1,
      proxy,
    });
  } finally {
    await proxy.stop();
  }
}
