/** A vault worth hurting: three backups of two databases, one of them by several readers, the newer ones proven. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { nextSecond } from '../../helpers/next-second.js';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { listBackups, type CompleteBackup } from '../../../src/vault/catalog.js';
import { backupHere } from '../harness/backup-here.js';
import { runCommandHere } from '../harness/commands.js';
import type { Scene } from '../harness/fault-kind.js';
import { SOURCE } from '../harness/source-server.js';
import { fileVault } from '../harness/vault-place.js';
import type { World } from '../harness/world.js';

export interface CorruptibleVault {
  readonly directory: string;
  /** The database `db`: newer, older; then another database. */
  readonly backups: readonly [CompleteBackup, CompleteBackup, CompleteBackup];
}

/** Its own, as what is put into it must not turn up where other faults count the rows of {@link SOURCE}. */
const DATABASE = 'corruptible_shop';

/** Small, so that the little that is dumped has many. */
const SEGMENT_BYTES = 64 << 10;

const made = new WeakMap<World, Promise<CorruptibleVault>>();

/** Made once for a world. A scene works on a copy of it. */
export function corruptibleVault(scene: Scene): Promise<CorruptibleVault> {
  const known = made.get(scene.world);
  if (known) return known;
  const vault = make(scene.world);
  made.set(scene.world, vault);
  return vault;
}

/** @returns the copy */
export async function copyForScene(scene: Scene): Promise<CorruptibleVault> {
  const { directory, backups } = await corruptibleVault(scene);
  const copy = join(scene.directory, 'vault');
  cpSync(directory, copy, { recursive: true });
  return { directory: copy, backups };
}

async function make(world: World): Promise<CorruptibleVault> {
  const directory = join(world.directory, 'corruptible');
  const scene = { directory: world.directory, tmp: world.directory };
  const { url } = fileVault(scene as Scene, directory);
  const { source } = world;
  const run = async (args: readonly string[]) => {
    const { code, stderr } = await runCommandHere(scene, [...args, '--vault', url]);
    if (code !== 0) throw new Error(`holdfast ${args.join(' ')} failed without any fault: ${stderr}`);
  };
  const backUp = async (name: string, jobs: number) => {
    const store = openFileStore(directory);
    const options = { store, database: DATABASE, name, jobs, segmentBytes: SEGMENT_BYTES, expected: [] };
    const { code, stderr } = await backupHere({ ...scene, world }, options);
    if (code !== 0) throw new Error(`A backup failed without any fault: ${stderr}`);
  };
  const verify = (name: string) => run(['verify', name, '--server', source.url('postgres')]);
  const add = (line: string) => source.query(DATABASE, `INSERT INTO shop.log VALUES (now(), '${line}')`);
  await source.query('postgres', `CREATE DATABASE ${DATABASE} TEMPLATE ${SOURCE}`);
  await backUp('db', 1);
  await verify('db');
  await add('of the newer backup');
  // Keys bear the second.
  await nextSecond();
  await backUp('db', 3);
  await verify('db');
  await add('of the other database');
  await backUp('other', 1);
  const found = (await listBackups(openFileStore(directory))) as CompleteBackup[];
  const [newer, older] = found.filter(({ database }) => database === 'db');
  const other = found.find(({ database }) => database === 'other');
  if (!newer || !older || !other) throw new Error('The vault for corruptions lacks a backup.');
  return { directory, backups: [newer, older, other] };
}
