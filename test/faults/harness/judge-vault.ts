/** What the commands that users have make of the vault. */
import type { z } from 'zod';
import type { listDocument, ListedBackup, verifyDocument } from '../../../src/cli/json/documents.js';
import { runCommandHere, type CommandRun } from './commands.js';
import type { Ending, Scene } from './fault-kind.js';
import type { Aftermath } from './judge.js';
import { excerpt, parseAnswer } from './judge-run.js';

/** Messages are wrapped, at whatever word the paths in them lead to. */
const NO_DIRECTORY = /does\s+not\s+exist/;

interface VaultVerdict {
  readonly ending: Ending;
  readonly violations: readonly string[];
}

export async function judgeVault(scene: Scene, aftermath: Aftermath): Promise<VaultVerdict> {
  const { vault, mayLeave = [], backupsBefore = 0 } = aftermath;
  const run = (args: readonly string[]) => runCommandHere(scene, [...args, '--vault', vault.url], vault.env);
  const listed = await list(run);
  if (typeof listed === 'string') return { ending: 'none', violations: [listed] };

  const violations: string[] = [];
  // What `sweep` has made is no work of the fault.
  const ours = listed.filter(({ database }) => database !== 'next');
  const complete = ours.filter(({ state }) => state === 'complete');
  const incomplete = ours.filter(({ state }) => state === 'incomplete');
  for (const { problem, key } of ours.filter(({ state }) => state === 'unreadable')) {
    violations.push(`${key} is listed as unreadable: ${problem}`);
  }
  violations.push(...judgeClaims(aftermath, complete));
  for (const backup of complete) violations.push(...(await judgeBackup(scene, run, backup, aftermath.mayLackRoom)));
  if (incomplete.length > 0 && !mayLeave.includes('objects')) {
    violations.push(`left in the vault: objects without a manifest, ${incomplete.map(({ key }) => key).join(', ')}`);
  }
  for (const { key } of incomplete) {
    if (key !== null) violations.push(...(await judgeRefusals(scene, run, key)));
  }
  if (complete.length === 0) violations.push(...(await judgeRefusals(scene, run, 'db')));
  if (complete.length < backupsBefore) violations.push('a backup that was there before is gone');
  return { ending: complete.length > 0 ? 'proven' : incomplete.length > 0 ? 'incomplete' : 'none', violations };
}

type Run = (args: readonly string[]) => Promise<CommandRun>;

/** @returns what is wrong, where the vault cannot be listed */
async function list(run: Run): Promise<readonly ListedBackup[] | string> {
  const result = await run(['list']);
  const answer = parseAnswer<Partial<z.infer<typeof listDocument>> & { readonly error?: { readonly code: string } }>(
    result.stdout,
  );
  if (answer?.backups) return answer.backups;
  // The fault came before the directory was made.
  if (answer?.error?.code === 'VAULT_UNREADABLE' && NO_DIRECTORY.test(result.stderr)) return [];
  return `the vault cannot be listed: ${excerpt(result.stderr)}`;
}

/** Whether the backups that lie there are those that the commands have claimed. */
function judgeClaims(
  { runs, mayLeave = [], backupsBefore = 0 }: Aftermath,
  complete: readonly ListedBackup[],
): string[] {
  const claimed = runs.flatMap(({ stdout }) => {
    return (parseAnswer<{ readonly backups?: readonly { readonly key: string }[] }>(stdout)?.backups ?? []).map(
      ({ key }) => key,
    );
  });
  const there = complete.map(({ key }) => key);
  const violations = claimed
    .filter((key) => !there.includes(key))
    .map((key) => `${key} was reported as stored, and is no backup`);
  const unclaimed = there.length - backupsBefore - claimed.length;
  if (unclaimed > 0 && !mayLeave.includes('a backup')) violations.push('a backup lies there that nobody has reported');
  return violations;
}

/** A backup that is listed must be whole, and no fault may have put a false verdict beside it. */
async function judgeBackup(
  scene: Scene,
  run: Run,
  { key, proof }: ListedBackup,
  mayLackRoom = false,
): Promise<string[]> {
  const violations: string[] = [];
  if (proof !== null && proof.verdict !== 'proven') {
    violations.push(`a proof says that ${key} is "${proof.verdict}", and it is not`);
  }
  const commands = [
    ['show', key ?? ''],
    ['check', key ?? ''],
    ['verify', key ?? '', '--server', scene.world.source.url('postgres')],
  ];
  for (const args of commands) {
    const { code, stdout, stderr } = await run(args);
    const lacksRoom = mayLackRoom && args[0] === 'verify' && isNotStored(stdout);
    if (code !== 0 && !lacksRoom)
      violations.push(`${args[0]} of ${key} exits with ${String(code)}: ${excerpt(stderr || stdout)}`);
    const verdict = /"verdict": "(\w+)"/.exec(stdout)?.[1];
    if (args[0] === 'verify' && verdict !== 'proven') violations.push(`${key} is ${String(verdict)}, not proven`);
  }
  return violations;
}

/** Whether a verification failed for nothing but that its proof could not be stored. */
function isNotStored(stdout: string): boolean {
  const answer = parseAnswer<Partial<z.infer<typeof verifyDocument>>>(stdout);
  const [proof] = answer?.proofs ?? [];
  return answer?.error?.code === 'VAULT_UNWRITABLE' && proof?.stored === false;
}

/** What is no backup must be refused by every command that takes one. */
async function judgeRefusals(scene: Scene, run: Run, spec: string): Promise<string[]> {
  const violations: string[] = [];
  const commands = [
    ['show', spec],
    ['check', spec],
    ['verify', spec, '--server', scene.world.source.url('postgres')],
    ['restore', spec, '--to', scene.world.source.url('postgres')],
  ];
  for (const args of commands) {
    const { code, stdout, stderr } = await run(args);
    const error = parseAnswer<{ readonly error?: { readonly code: string } }>(stdout)?.error?.code ?? '';
    const refused = error === 'UNKNOWN_BACKUP' || (error === 'VAULT_UNREADABLE' && NO_DIRECTORY.test(stderr));
    if (!refused) violations.push(`${args[0]} takes ${spec} for a backup: exit ${String(code)}, ${excerpt(stderr)}`);
  }
  return violations;
}
