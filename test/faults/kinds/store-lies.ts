import { runCommandHere } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { excerpt } from '../harness/judge-run.js';
import { backUpIntoStore } from '../harness/store-backup.js';
import type { FaultProxy, Operation } from '../../emulator/fault-proxy.js';

/** What a CRC-64 of nothing looks like. */
const OTHER_CHECKSUM = { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' };

/** A store says that it has other bytes than were sent; or it has other bytes, and says nothing. */
export const storeLies: FaultKind = {
  name: 'store-lies',
  about: 'the store answers with another checksum, or keeps other bytes than were sent and does not tell',
  variants: 4,
  inject: (scene) => (scene.number % 2 === 0 ? lieAboutChecksum : keepOtherBytes)(scene, scene.number % 4 < 2),
};

async function lieAboutChecksum(scene: Scene, large: boolean): Promise<Outcome> {
  const operation: Operation = large ? scene.random.pick(['UploadPart', 'CompleteMultipartUpload']) : 'PutObject';
  const arm = (proxy: FaultProxy) => proxy.fail(operation, { kind: 'headers', headers: OTHER_CHECKSUM }, Infinity);
  const { run, vault } = await backUpIntoStore(scene, { large, arm, expected: ['VAULT_UNWRITABLE'] });
  return judge(scene, {
    plan: `${operation} is answered with another checksum`,
    struck: run.code !== 0,
    runs: [run],
    vault,
    // The object is there, and the store says that it is another: it is named, and not trusted.
    mayLeave: ['objects', 'open uploads'],
  });
}

/** The writer cannot know. Whoever reads must. */
async function keepOtherBytes(scene: Scene, large: boolean): Promise<Outcome> {
  const { random, world } = scene;
  const operation: Operation = large ? 'UploadPart' : 'PutObject';
  const which = random.between(0, 2);
  const place = random.between(0, 1_000_000);
  let seen = 0;
  const alter = (body: Buffer) => {
    const bytes = Buffer.from(body);
    if (bytes.length > 0) bytes[place % bytes.length]! ^= 1 << random.between(0, 7);
    return bytes;
  };
  const arm = (proxy: FaultProxy) =>
    proxy.fail(operation, () => (seen++ === which ? { kind: 'alter-request', alter } : undefined), Infinity);
  const { run, vault } = await backUpIntoStore(scene, { large, arm, expected: [] });
  const at = ['--vault', vault.url];
  const check = await runCommandHere(scene, ['check', 'db', ...at], vault.env);
  const verify = await runCommandHere(
    scene,
    ['verify', 'db', '--server', world.source.url('postgres'), ...at],
    vault.env,
  );
  const violations: string[] = [];
  if (run.code !== 0) violations.push(`the backup failed: ${excerpt(run.stderr)}`);
  const { objects } = await vault.contents();
  const named = (text: string) => objects.some((key) => text.includes(key));
  if (check.code !== 3 || !named(check.stdout)) violations.push(`check does not name it: ${excerpt(check.stdout)}`);
  if (verify.code !== 3 || !named(verify.stdout)) violations.push(`verify does not name it: ${excerpt(verify.stdout)}`);
  const plan = `${operation} number ${which} keeps another byte than it was sent`;
  return { plan, struck: seen > which, ending: 'named', violations };
}
