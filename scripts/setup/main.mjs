/** The steps of the set-up, in the order in which they need each other. */
import { buildIfStale } from '../build/build.mjs';
import { installEmulator } from './emulator.mjs';
import { installNpmPackages } from './npm-packages.mjs';
import { installPrograms } from './programs.mjs';

const TESTED = ['postgresql', 'igzip', 'pigz', 'zstd', 'lz4', 'redis', 'pgbouncer', 'perl', 'plpython'];

/** Which programs a purpose requires, and which only improve it. */
const PURPOSES = {
  demo: { required: ['postgresql'], recommended: ['igzip'] },
  test: { required: [...TESTED], recommended: [], emulator: true },
  long: { required: [...TESTED, 'debootstrap'], recommended: [], emulator: true },
  versions: { required: ['postgresql', 'igzip', 'perl', 'debootstrap'], recommended: [], emulator: true },
  check: { required: [], recommended: [] },
  bench: { required: ['postgresql', 'igzip', 'pigz', 'zstd'], recommended: [] },
};

export async function main(args) {
  const purpose = args.length === 0 ? 'test' : args[0] === '--for' ? args[1] : undefined;
  if (!Object.hasOwn(PURPOSES, purpose ?? '')) {
    console.error(`Usage: node scripts/setup.mjs --for ${Object.keys(PURPOSES).join('|')}`);
    process.exitCode = 2;
    return;
  }
  try {
    const done = [installNpmPackages(), await buildIfStale(), await installPrograms(PURPOSES[purpose])];
    if (PURPOSES[purpose].emulator) done.push(installEmulator());
    if (done.every((something) => !something)) console.error(`Set-up for ${purpose}: everything is there.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
