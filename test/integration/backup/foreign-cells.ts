/** One database as others dump it: every format of pg_dump, and every compression around it. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverPrograms } from '../../helpers/postgres.js';
import type { SharedServer } from '../../helpers/shared-server.js';

const COMPRESSORS = {
  '': [],
  '.gz': ['gzip', '-c'],
  '.zst': ['zstd', '-q', '-c'],
  '.lz4': ['lz4', '-q', '-c'],
} as const;
const FORMATS = ['sql', 'dump', 'tar', 'dir.tar'] as const;

/** `shop.sql`, `shop.sql.gz` … `shop.dir.tar.lz4`, and the folder `shop.dir`. */
export function foreignCells(name: string): string[] {
  const files = FORMATS.flatMap((format) =>
    Object.keys(COMPRESSORS).map((extension) => `${name}.${format}${extension}`),
  );
  return [...files, `${name}.dir`];
}

/** Runs pg_dump as a pipeline does that nobody here wrote, in a zone of its own. */
export async function pipelineDump(server: SharedServer): Promise<(database: string, ...args: string[]) => void> {
  const { host, port, superuser } = server;
  const env = { PATH: process.env.PATH, PGHOST: host, PGPORT: String(port), PGUSER: superuser, PGTZ: 'Europe/Berlin' };
  const pgDump = (await serverPrograms()).program('pg_dump');
  return (database, ...args) => void execFileSync(pgDump, [...args, database], { env });
}

/** Makes {@link foreignCells} in a directory. */
export async function takeForeignCells(
  directory: string,
  name: string,
  server: SharedServer,
  database: string,
): Promise<void> {
  const dump = await pipelineDump(server);
  const path = (extension: string) => join(directory, `${name}.${extension}`);
  dump(database, '-Fp', '-f', path('sql'));
  dump(database, '-Fc', '-f', path('dump'));
  dump(database, '-Ft', '-f', path('tar'));
  dump(database, '-Fd', '-f', path('dir'), '-j2');
  execFileSync('tar', ['cf', path('dir.tar'), `${name}.dir`], { cwd: directory });
  for (const format of FORMATS) {
    for (const [extension, [command, ...args]] of Object.entries(COMPRESSORS)) {
      if (!command) continue;
      const packed = execFileSync(command, [...args, path(format)], { maxBuffer: 1 << 28 });
      writeFileSync(path(`${format}${extension}`), packed);
    }
  }
}
