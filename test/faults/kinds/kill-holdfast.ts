import { join } from 'node:path';
import { startCommand } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { LARGE_SOURCE, SOURCE } from '../harness/source-server.js';
import { judgeTarget } from '../harness/target.js';
import { bytesText } from '../harness/text.js';
import { bucketVault, fileVault, type VaultPlace } from '../harness/vault-place.js';

/** SIGKILL: nothing of the process gets to clean up, and its children must end by themselves. */
export const killHoldfast: FaultKind = {
  name: 'kill-holdfast',
  about: 'SIGKILL to holdfast at a random byte or moment of a backup, restore or verification',
  variants: 5,
  inject: (scene) => {
    const variants = [killBackup, killRestore, killVerify, killUpload, killLateBackup] as const;
    return variants[scene.number % variants.length]!(scene);
  },
};

/** At a byte that the server sends. */
async function killBackup(scene: Scene): Promise<Outcome> {
  return killBackupInto(scene, { vault: fileVault(scene), database: SOURCE });
}

async function killUpload(scene: Scene): Promise<Outcome> {
  await scene.world.largeSource();
  const vault = await bucketVault(await scene.world.store());
  return killBackupInto(scene, { vault, database: LARGE_SOURCE });
}

async function killBackupInto(
  scene: Scene,
  { vault, database }: { readonly vault: VaultPlace; readonly database: string },
): Promise<Outcome> {
  const { world, random } = scene;
  const factor = database === LARGE_SOURCE ? 12 : 1;
  const bytes = random.between(1, Math.floor(world.measured.backup.bytes('to-client') * factor));
  const proxy = await world.openProxy();
  try {
    const args = ['backup', '--url', world.source.url(database, proxy.port), '--name', 'db', '--vault', vault.url];
    const started = startCommand(scene, [...args, '--compression', 'none'], { env: vault.env });
    proxy.arm({ direction: 'to-client', bytes, act: () => (started.send('SIGKILL'), 'go-on') });
    const run = await started.result;
    return await judge(scene, {
      plan: `SIGKILL to a backup into ${vault.url.replace(/:.*/, '')} after ${bytesText(bytes)} from the server`,
      struck: run.signal === 'SIGKILL',
      runs: [{ ...run, expected: [] }],
      vault,
      mayLeave: ['objects', 'temporary files', 'open uploads', 'a backup'],
      proxy,
    });
  } finally {
    await proxy.stop();
  }
}

/** When the whole dump has come, and objects are being stored. */
async function killLateBackup(scene: Scene): Promise<Outcome> {
  const { world, random } = scene;
  const vault = fileVault(scene);
  const delay = random.between(0, 120);
  const bytes = Math.floor(world.measured.backup.bytes('to-client', 'libpq') * 0.98);
  const proxy = await world.openProxy();
  try {
    const url = world.source.url(SOURCE, proxy.port);
    const started = startCommand(scene, ['backup', '--url', url, '--name', 'db', '--vault', vault.url]);
    const act = () => {
      setTimeout(() => started.send('SIGKILL'), delay);
      return 'go-on' as const;
    };
    proxy.arm({ direction: 'to-client', of: 'libpq', bytes, act });
    const run = await started.result;
    return await judge(scene, {
      plan: `SIGKILL to a backup ${delay} ms after ${bytesText(bytes)} of the dump`,
      struck: run.signal === 'SIGKILL',
      runs: [{ ...run, expected: [] }],
      vault,
      mayLeave: ['objects', 'temporary files', 'a backup'],
      proxy,
    });
  } finally {
    await proxy.stop();
  }
}

async function killRestore(scene: Scene): Promise<Outcome> {
  const { world, random } = scene;
  world.copyVault(join(scene.directory, 'vault'));
  const vault = fileVault(scene);
  const target = await world.createTarget();
  const proxy = await world.openProxy();
  const bytes = random.between(1, world.measured.restore.bytes('to-server'));
  try {
    const url = world.source.url(target.name, proxy.port);
    const started = startCommand(scene, ['restore', 'db', '--to', url, '--vault', vault.url]);
    proxy.arm({ direction: 'to-server', bytes, act: () => (started.send('SIGKILL'), 'go-on') });
    const run = await started.result;
    return await judge(scene, {
      plan: `SIGKILL to a restore after ${bytesText(bytes)} to the server`,
      struck: run.signal === 'SIGKILL',
      runs: [{ ...run, expected: [] }],
      vault,
      backupsBefore: 1,
      proxy,
      violations: await judgeTarget(world, target),
    });
  } finally {
    await proxy.stop();
  }
}

/** Its throwaway server and directory must go without it. */
async function killVerify(scene: Scene): Promise<Outcome> {
  const { world, random } = scene;
  world.copyVault(join(scene.directory, 'vault'));
  const vault = fileVault(scene);
  const delay = random.between(1, Math.floor(world.measured.verify.milliseconds));
  const started = startCommand(scene, ['verify', 'db', '--vault', vault.url]);
  const timer = setTimeout(() => started.send('SIGKILL'), delay);
  const run = await started.result;
  clearTimeout(timer);
  return judge(scene, {
    plan: `SIGKILL to a verification after ${delay} ms`,
    struck: run.signal === 'SIGKILL',
    runs: [{ ...run, expected: [] }],
    vault,
    backupsBefore: 1,
    mayLeave: ['temporary files'],
  });
}
