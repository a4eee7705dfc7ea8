/** What all corruptions have in common: one change to a copy of the vault, and a judge who must find it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { runCommandHere } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { excerpt, parseAnswer } from '../harness/judge-run.js';
import { fileVault } from '../harness/vault-place.js';
import { copyForScene, type CorruptibleVault } from './corruptible-vault.js';

export const ROLES = ['dump', 'globals', 'entries', 'segments', 'manifest'] as const;
export type Role = (typeof ROLES)[number];

/** One change, and where it shows. */
export interface Corruption {
  readonly plan: string;
  readonly backup: CompleteBackup;
  /** Keys of which at least one must be named. */
  readonly hurt: readonly string[];
}

/** One in so many is drilled as well: a drill costs a hundred times a check. */
const DRILL_EVERY = 10;

export function corruptionKind(
  name: string,
  about: string,
  corrupt: (scene: Scene, vault: CorruptibleVault) => Corruption,
): FaultKind {
  return {
    name,
    about,
    inject: async (scene) => {
      const vault = await copyForScene(scene);
      const before = fingerprintOf(vault.directory);
      const corruption = corrupt(scene, vault);
      // An object that was replaced by an equal one is whole: what holds the roles is the same in each backup.
      const struck = fingerprintOf(vault.directory) !== before;
      return struck
        ? judgeCorruption(scene, corruption)
        : { plan: corruption.plan, struck, ending: 'proven', violations: [] };
    },
  };
}

export function keyOf(backup: CompleteBackup, role: Role): string {
  if (role === 'manifest') return backup.manifestKey;
  if (role === 'dump') return backup.key;
  const suffix = {
    globals: /\.globals\.sql\.gz$/,
    entries: /\.entries\.jsonl\.gz$/,
    segments: /\.segments\.jsonl\.gz$/,
  }[role];
  const key = backup.objects.map((object) => object.key).find((candidate) => suffix.test(candidate));
  if (key === undefined) throw new Error(`${backup.key} has no ${role}.`);
  return key;
}

export function readObject({ directory }: CorruptibleVault, key: string): Buffer {
  return readFileSync(join(directory, key));
}

export function writeObject({ directory }: CorruptibleVault, key: string, bytes: Uint8Array): void {
  writeFileSync(join(directory, key), bytes);
}

/** Of the names and bytes of all files. */
function fingerprintOf(directory: string): string {
  const hash = createHash('sha256');
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const name of names) hash.update(`${name}\0`).update(readFileSync(name));
  return hash.digest('hex');
}

async function judgeCorruption(scene: Scene, { plan, backup, hurt }: Corruption): Promise<Outcome> {
  const { url } = fileVault(scene);
  const run = (args: readonly string[]) => runCommandHere(scene, [...args, '--vault', url]);
  const named = (text: string) => hurt.some((key) => text.includes(key));
  const violations: string[] = [];

  const check = await run(['check', backup.key]);
  const caught = check.code === 3 && /"verdict": "damaged"/.test(check.stdout) && named(check.stdout);
  // Without its dump or manifest it is no backup any more, and the message names what is left.
  const refused = check.code === 2 && parseAnswer(check.stdout)?.error?.code === ('UNKNOWN_BACKUP' as string);
  if (!caught && !refused) violations.push(`check exits with ${String(check.code)}: ${excerpt(check.stdout)}`);

  if (violations.length > 0 || scene.number % DRILL_EVERY === 0) {
    const drill = await run(['verify', backup.key, '--server', scene.world.source.url('postgres')]);
    const verdict = /"verdict": "(\w+)"/.exec(drill.stdout)?.[1];
    if (verdict === 'proven') violations.push('verify calls it proven');
    else if (!refused && !named(drill.stdout)) violations.push(`verify does not name it: ${excerpt(drill.stdout)}`);
  }
  if (hurt.includes(backup.manifestKey)) violations.push(...(await judgeListing(run, backup)));
  return { plan, struck: true, ending: 'named', violations };
}

/** A proof is about one manifest: it must not speak for another. */
async function judgeListing(
  run: (args: readonly string[]) => Promise<{ readonly stdout: string }>,
  backup: CompleteBackup,
): Promise<string[]> {
  const { stdout } = await run(['list', backup.database]);
  interface Listed {
    readonly backups?: readonly { readonly key: string; readonly state: string; readonly proof: unknown }[];
  }
  const listed = (parseAnswer<Listed>(stdout)?.backups ?? []).find(({ key }) => key === backup.key);
  if (listed?.state === 'complete') return ['list shows it as complete'];
  return listed?.proof ? ['list shows a proof of it'] : [];
}
