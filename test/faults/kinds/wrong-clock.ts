import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import { verifyBackup } from '../../../src/backup/verify/verify-backup.js';
import type { ListedBackup } from '../../../src/cli/json/documents.js';
import { silentLogger } from '../../../src/core/logger.js';
import { parseConnectionUrl } from '../../../src/syntax/libpq/connection-url.js';
import { findPrograms } from '../../../src/postgres/client-programs.js';
import { openAccess } from '../../../src/postgres/connection.js';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { resolveBackup } from '../../../src/vault/resolve-backup.js';
import { environment, runCommandHere } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { parseAnswer } from '../harness/judge-run.js';
import { vaultWithBackup } from '../harness/vault-with-backup.js';

const HOUR = 3_600_000;

/** A drill on a machine whose clock is wrong must not hide what a drill before or after it has found. */
export const wrongClock: FaultKind = {
  name: 'wrong-clock-at-verification',
  about: 'verifications of a whole and of a damaged backup, each under a clock that is wrong by up to ten years',
  async inject(scene: Scene): Promise<Outcome> {
    const { random } = scene;
    const vault = vaultWithBackup(scene);
    const directory = fileURLToPath(vault.url);
    const hours = [0, 1, 2].map(() => random.pick([-87_600, -25, -1, 0, 1, 25, 87_600]));
    const [atFirst = 0, damaged = 0, atLast = 0] = hours;
    const violations: string[] = [];
    const verify = async (offset: number, wanted: string) => {
      const verdict = await verifyUnder(scene, directory, offset * HOUR);
      if (verdict !== wanted) violations.push(`the verification says ${verdict}, and ${wanted} is true`);
    };

    await verify(atFirst, 'proven');
    const dump = join(directory, dumpIn(directory));
    const whole = readFileSync(dump);
    const broken = Buffer.from(whole);
    const at = random.between(20, broken.length - 9);
    broken[at] = (broken[at] ?? 0) ^ 0x55;
    writeFileSync(dump, broken);
    await verify(damaged, 'unreadable');
    const bad = await look(scene, vault.url);
    if (bad.standing !== 'unreadable') violations.push(`a damaged backup is listed as ${String(bad.standing)}`);
    if (bad.status !== 3) violations.push(`status of a damaged backup exits with ${String(bad.status)}`);

    writeFileSync(dump, whole);
    await verify(atLast, 'proven');
    // Set right: whatever the clocks said, this verification has read all before it.
    await verify(0, 'proven');
    const good = await look(scene, vault.url);
    if (good.standing !== 'proven')
      violations.push(`a backup that was proven at last is listed as ${String(good.standing)}`);
    return {
      plan: `clocks wrong by ${hours.join(', ')} h at three verifications, and byte ${at} of the dump flipped for the second`,
      struck: hours.some((offset) => offset !== 0),
      ending: 'proven',
      violations,
    };
  },
};

function dumpIn(directory: string): string {
  const found = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const dump = found.find((name) => /Z\.sql(\.gz|\.zst)?$/.test(name));
  if (dump === undefined) throw new Error(`${directory} holds no dump.`);
  return dump;
}

async function verifyUnder(scene: Scene, directory: string, offsetMs: number): Promise<string> {
  const env = environment(scene.tmp);
  const target = parseConnectionUrl(scene.world.source.url('postgres'));
  const access = await openAccess({ target, authentication: { kind: 'default' }, env });
  const store = openFileStore(directory);
  const clock = { now: () => new Date(Date.now() + offsetMs) };
  const context = { store, installed: await findPrograms({ env }), env, logger: silentLogger, clock };
  const result = await verifyBackup(await resolveBackup(store, 'db'), context, {
    startDrill: serverDrill(access),
  });
  return result.notStored ? `nothing that could be stored: ${result.notStored.message}` : result.verdict;
}

async function look(scene: Scene, url: string) {
  const status = await runCommandHere(scene, ['status', '--vault', url]);
  const listed = await runCommandHere(scene, ['list', '--vault', url]);
  const [backup] = parseAnswer<{ readonly backups: readonly ListedBackup[] }>(listed.stdout)?.backups ?? [];
  return { status: status.code, standing: backup?.standing };
}
