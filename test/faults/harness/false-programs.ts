/** Programs that lie about how they ended, in front of the true ones. */
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../../src/core/find-program.js';
import { findPrograms } from '../../../src/postgres/client-programs.js';
import type { Scene } from './fault-kind.js';

/** What a false program does after it has run the true one. */
export interface Lie {
  /** Bytes of its output (or, for psql, of its input) that get through. @default all */
  readonly bytes?: number;
  /** Its exit status. */
  readonly status: number;
}

/** @returns the environment in which the programs of PostgreSQL, or the compressors, are those with this lie */
export async function falseProgram(scene: Scene, name: string, lie: Lie): Promise<Record<string, string>> {
  const directory = join(scene.directory, 'bin');
  mkdirSync(directory);
  const programs = (await findPrograms({ env: process.env })).at(-1);
  const real = programs?.has(name as 'psql') ? join(programs.directory, name) : await findProgram(name, process.env);
  if (programs === undefined || real === undefined) throw new Error(`There is no ${name} on this machine.`);
  for (const other of readdirSync(programs.directory)) {
    if (other !== name) symlinkSync(join(programs.directory, other), join(directory, other));
  }
  const path = join(directory, name);
  writeFileSync(path, script(name, real, lie));
  chmodSync(path, 0o755);
  if (programs.has(name as 'psql')) return { HOLDFAST_PG_BIN: directory };
  return { PATH: `${directory}:${process.env.PATH}`, HOLDFAST_PG_BIN: programs.directory };
}

function script(name: string, real: string, { bytes, status }: Lie): string {
  const cut = bytes === undefined ? '' : `head -c ${bytes}`;
  const run =
    name === 'psql' && cut ? `${cut} | '${real}' "$@"` : `'${real}' "$@"${cut ? ` 2>/dev/null | ${cut}` : ''}`;
  // Runs that only ask for something else are true: versions, and the description of the database.
  const others =
    name === 'pg_dump'
      ? `case " $* " in *" --format=plain "*) ;; *) exec '${real}' "$@" ;; esac`
      : `case " $* " in *" --version "*) exec '${real}' "$@" ;; esac`;
  const words = status === 0 ? '' : `echo '${name}: error: could not close the output' >&2`;
  return `#!/bin/sh\n${others}\n${run}\n${words}\nexit ${status}\n`;
}
