/** PostgreSQL's programs, one of which stands still before it does anything: for tests of what is there meanwhile. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProgramName } from '../../src/postgres/client-programs.js';
import { serverPrograms } from './postgres.js';
import { eventually } from './processes.js';
import { temporaryDirectory } from './temporary-directory.js';

export interface HeldProgram {
  /** For HOLDFAST_PG_BIN. Its path stands in the command line of the held program. */
  readonly bin: string;
  /** Resolves when the program has been started, and waits. Whoever wants to end it may; it holds no signal back. */
  held(): Promise<void>;
  /** Lets it go on. */
  release(): Promise<void>;
}

/** @param name of the program that waits whenever it is asked for more than its version */
export async function holdProgram(name: ProgramName): Promise<HeldProgram> {
  const { directory } = await serverPrograms();
  const root = temporaryDirectory();
  const [bin, gate] = [join(root, 'bin'), join(root, 'gate')];
  mkdirSync(bin);
  execFileSync('mkfifo', [gate]);
  for (const other of readdirSync(directory)) {
    if (other !== name) symlinkSync(join(directory, other), join(bin, other));
  }
  const real = join(directory, name);
  const script = `#!/bin/sh
case " $* " in *" --version "*) exec '${real}' "$@" ;; esac
read -r _ < '${gate}'
exec '${real}' "$@"
`;
  writeFileSync(join(bin, name), script, { mode: 0o755 });
  // A throwaway server of root's, and its initdb and psql, run as another user.
  for (const [path, mode] of [
    [root, 0o755],
    [bin, 0o755],
    [gate, 0o644],
  ] as const)
    chmodSync(path, mode);
  let writer: FileHandle | undefined;
  return {
    bin,
    held: () =>
      eventually(`${name} is held`, async () => {
        // There is a reader as soon as the program has come to the gate, and not before.
        writer = await open(gate, constants.O_WRONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENXIO') return undefined;
          throw error;
        });
        return writer !== undefined;
      }),
    release: async () => {
      // It may have been ended meanwhile.
      await writer?.write('\n').catch(() => {});
      await writer?.close();
    },
  };
}
