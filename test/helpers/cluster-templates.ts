/**
 * An `initdb` that works once for the same options and copies its cluster after that: what it makes is the same every
 * time, and the tests make some hundreds of clusters.
 */
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresPrograms } from '../../src/postgres/client-programs.js';

/** The lock is one directory, as only one of several processes can make it. */
const INITDB = (real: string, templates: string) => `#!/bin/sh
[ "$1" = --version ] && exec '${real}' --version
data= options=
for argument; do
  case $argument in
    --pgdata=*) data=\${argument#--pgdata=} ;;
    *) options="$options $argument" ;;
  esac
done
template='${templates}'/$(printf %s "$options" | cksum | tr ' ' -)
# The log of transactions is 16 MB of zeros.
[ -d "$template" ] && exec cp -a --sparse=always "$template" "$data"
'${real}' "$@" || exit
if mkdir "$template.lock" 2> /dev/null; then
  cp -a "$data" "$template.new" && mv "$template.new" "$template"
fi
exit 0
`;

const REAL = 'initdb.real';

/** The `initdb` that takes its time, for a test that needs it. @param programs those of a run of the tests */
export function realInitdb(programs: PostgresPrograms): string {
  return join(programs.directory, REAL);
}

export interface ClusterTemplates {
  /** For HOLDFAST_PG_BIN: all programs, and this `initdb` among them. */
  readonly bin: string;
  remove(): Promise<void>;
}

export async function openClusterTemplates(programs: PostgresPrograms): Promise<ClusterTemplates> {
  const directory = await mkdtemp(join(tmpdir(), 'hf-clusters-'));
  const [bin, templates] = [join(directory, 'bin'), join(directory, 'templates')];
  await chmod(directory, 0o755);
  await mkdir(bin);
  await mkdir(templates);
  // Root's servers, and their initdb, run as another user.
  await chmod(templates, 0o1777);
  for (const name of await readdir(programs.directory)) {
    await symlink(join(programs.directory, name), join(bin, name === 'initdb' ? REAL : name));
  }
  await writeFile(join(bin, 'initdb'), INITDB(programs.program('initdb'), templates), { mode: 0o755 });
  return { bin, remove: () => rm(directory, { recursive: true, force: true }) };
}
