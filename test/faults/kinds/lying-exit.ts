import { runCommand } from '../harness/commands.js';
import { falseProgram, type Lie } from '../harness/false-programs.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { SOURCE } from '../harness/source-server.js';
import { judgeTarget } from '../harness/target.js';
import { fileVault } from '../harness/vault-place.js';
import { vaultWithBackup } from '../harness/vault-with-backup.js';
import type { ErrorCode } from '../../../src/core/errors.js';

interface Variant {
  readonly program: string;
  /** Whether its output, or psql's input, ends early. */
  readonly cut: boolean;
  readonly status: number;
  readonly expected: readonly ErrorCode[];
  readonly compression?: string;
}

const DUMP: readonly ErrorCode[] = ['DUMP_FAILED', 'DUMP_TRUNCATED'];

const VARIANTS: readonly [Variant, ...Variant[]] = [
  { program: 'pg_dump', cut: true, status: 0, expected: DUMP },
  { program: 'pg_dump', cut: false, status: 1, expected: DUMP },
  { program: 'psql', cut: true, status: 0, expected: ['RESTORE_CUT_OFF'] },
  { program: 'igzip', cut: true, status: 0, expected: ['COMPRESSION_FAILED'] },
  { program: 'pg_dumpall', cut: true, status: 0, expected: DUMP },
  { program: 'pg_dump', cut: true, status: 1, expected: DUMP },
  { program: 'igzip', cut: false, status: 1, expected: ['COMPRESSION_FAILED'] },
  { program: 'pg_dumpall', cut: false, status: 1, expected: DUMP },
];

/** The traps of every shell pipeline: success before the end, and failure after it. */
export const lyingExit: FaultKind = {
  name: 'lying-exit',
  about:
    'pg_dump, pg_dumpall, psql or the compressor stops at a random byte with status 0, or fails after its last one',
  variants: VARIANTS.length,
  inject: (scene) => {
    const variant = VARIANTS[scene.number % VARIANTS.length] ?? VARIANTS[0];
    return variant.program === 'psql' ? lieToRestore(scene, variant) : lieToBackup(scene, variant);
  },
};

/** @param most bytes that come out of it, or go in */
function lieOf(scene: Scene, { cut, status }: Variant, most: number): Lie {
  return cut ? { bytes: scene.random.between(0, most), status } : { status };
}

function planOf({ program }: Variant, { bytes, status }: Lie): string {
  const end = bytes === undefined ? 'its last byte' : `${bytes.toLocaleString('en-US')} bytes`;
  return `${program} ends after ${end} with status ${status}`;
}

async function lieToBackup(scene: Scene, variant: Variant): Promise<Outcome> {
  const vault = fileVault(scene);
  // After these only the comment that closes a dump comes. What pg_dumpall and the compressor write is far less.
  const most = { pg_dump: scene.world.dumpBytes - 200, pg_dumpall: 600, igzip: 50_000 }[variant.program] ?? 1;
  const lie = lieOf(scene, variant, most);
  const env = await falseProgram(scene, variant.program, lie);
  const url = scene.world.source.url(SOURCE);
  const run = await runCommand(scene, ['backup', '--url', url, '--name', 'db', '--vault', vault.url], { env });
  return judge(scene, {
    plan: planOf(variant, lie),
    struck: run.code !== 0,
    runs: [{ ...run, expected: variant.expected, maySucceed: false }],
    vault,
  });
}

async function lieToRestore(scene: Scene, variant: Variant): Promise<Outcome> {
  const { world } = scene;
  const vault = vaultWithBackup(scene);
  const target = await world.createTarget();
  const lie = lieOf(scene, variant, world.measured.restore.bytes('to-server', 'libpq') >> 1);
  const env = await falseProgram(scene, variant.program, lie);
  const args = ['restore', 'db', '--to', world.source.url(target.name), '--vault', vault.url];
  const run = await runCommand(scene, args, { env });
  return judge(scene, {
    plan: planOf(variant, lie),
    struck: run.code !== 0,
    runs: [{ ...run, expected: variant.expected, maySucceed: false }],
    vault,
    backupsBefore: 1,
    violations: await judgeTarget(world, target, 'empty'),
  });
}
