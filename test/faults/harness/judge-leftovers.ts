/** What a fault has left in the operating system and in the store. */
import { filesBelow } from './vault-place.js';
import { eventually, processesMentioning } from '../../helpers/processes.js';
import { runCommandHere } from './commands.js';
import type { Scene } from './fault-kind.js';
import type { Aftermath } from './judge.js';
import { excerpt } from './judge-run.js';
import { SOURCE } from './source-server.js';

/** How long what was orphaned may take to end by itself, in seconds. */
const PATIENCE_S = 15;

export async function judgeLeftovers(scene: Scene, aftermath: Aftermath): Promise<string[]> {
  const { mayLeave = [], vault, proxy } = aftermath;
  const found: string[] = [];
  const patience = PATIENCE_S;
  const processes = async () => (await processesMentioning(scene.directory)).map(({ command }) => command);
  await eventually('no process is left', async () => (await processes()).length === 0, patience).catch(async () => {
    found.push(`left running: ${(await processes()).join('; ')}`);
  });
  await eventually(
    'nothing is left in the temporary directory',
    () => filesBelow(scene.tmp).length === 0,
    patience,
  ).catch(() => found.push(`left in the temporary directory: ${filesBelow(scene.tmp).slice(0, 5).join(', ')}`));
  if (proxy) {
    await eventually('all connections are closed', () => proxy.openConnections === 0, patience).catch(() =>
      found.push(`left open: ${proxy.openConnections} connections to the server`),
    );
  }
  const contents = await vault.contents();
  if (contents.openUploads.length > 0 && !mayLeave.includes('open uploads')) {
    found.push(`left open: uploads of ${contents.openUploads.join(', ')}`);
  }
  if (contents.temporary.length > 0) {
    if (!mayLeave.includes('temporary files')) found.push(`left in the vault: ${contents.temporary.join(', ')}`);
    found.push(...(await sweep(scene, aftermath)));
  }
  return found;
}

/** The next backup removes what a killed one has left. */
async function sweep(scene: Scene, { vault }: Aftermath): Promise<string[]> {
  const url = scene.world.source.url(SOURCE);
  const run = await runCommandHere(scene, ['backup', '--url', url, '--name', 'next', '--vault', vault.url], vault.env);
  if (run.code !== 0) return [`the next backup failed: ${excerpt(run.stderr)}`];
  const { temporary } = await vault.contents();
  return temporary.length > 0 ? [`the next backup did not remove ${temporary.join(', ')}`] : [];
}
