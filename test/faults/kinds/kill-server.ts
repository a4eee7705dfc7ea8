import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCommand } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { descendantsOf, kill } from '../harness/process-tree.js';
import { SOURCE, startSourceServer } from '../harness/source-server.js';
import { TcpProxy } from '../harness/tcp-proxy.js';
import { bytesText } from '../harness/text.js';
import { fileVault } from '../harness/vault-place.js';

/** The source, which nobody can blame the backup for; and the server of a drill, which says nothing of the backup. */
export const killServer: FaultKind = {
  name: 'kill-server',
  about: 'SIGKILL to the source server or one of its sessions, or to the throwaway server of a verification',
  variants: 3,
  byTime: true,
  inject: (scene) => (scene.number % 3 === 2 ? killThrowaway(scene) : killSource(scene, scene.number % 3 === 0)),
};

async function killSource(scene: Scene, all: boolean): Promise<Outcome> {
  const { world, random } = scene;
  const vault = fileVault(scene);
  const bytes = random.between(1, world.measured.backup.bytes('to-client', 'libpq'));
  // Of its own: other faults go on with the shared one.
  const source = await startSourceServer();
  const proxy = await TcpProxy.start(() => source.socketPath);
  try {
    const postmaster = Number(readFileSync(join(source.server.host, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
    const started = startCommand(scene, [
      ...['backup', '--url', source.url(SOURCE, proxy.port), '--name', 'db', '--vault', vault.url],
    ]);
    let struck = false;
    const act = async () => {
      if (all) struck = kill(postmaster);
      const sessions = `SELECT pid FROM pg_stat_activity WHERE datname = '${SOURCE}' AND pid <> pg_backend_pid()`;
      const pids = all
        ? descendantsOf(postmaster).map(({ pid }) => pid)
        : (await source.query('postgres', sessions)).map(({ pid }) => Number(pid));
      for (const pid of pids) struck = kill(pid) || struck;
      return 'go-on' as const;
    };
    proxy.arm({ direction: 'to-client', of: 'libpq', bytes, act });
    const run = await started.result;
    return await judge(scene, {
      plan: `SIGKILL to ${all ? 'the source server' : 'the session of pg_dump'} after ${bytesText(bytes)} from it`,
      struck,
      runs: [{ ...run, expected: ['DUMP_FAILED', 'DUMP_TRUNCATED', 'QUERY_FAILED', 'CONNECT_FAILED'] }],
      vault,
      proxy,
    });
  } finally {
    await proxy.stop();
    await source.stop();
  }
}

async function killThrowaway(scene: Scene): Promise<Outcome> {
  const { world, random } = scene;
  world.copyVault(join(scene.directory, 'vault'));
  const vault = fileVault(scene);
  const delay = random.between(1, Math.floor(world.measured.verify.milliseconds));
  const started = startCommand(scene, ['verify', 'db', '--vault', vault.url]);
  let struck = false;
  const timer = setTimeout(() => {
    for (const { pid, command } of descendantsOf(started.pid)) {
      if (command === 'postgres' || command === 'initdb') struck = kill(pid) || struck;
    }
  }, delay);
  const run = await started.result;
  clearTimeout(timer);
  return judge(scene, {
    plan: `SIGKILL to the throwaway server of a verification after ${delay} ms`,
    struck,
    runs: [{ ...run, expected: ['THROWAWAY_FAILED', 'QUERY_FAILED', 'RESTORE_CUT_OFF', 'DUMP_FAILED'] }],
    vault,
    backupsBefore: 1,
  });
}
