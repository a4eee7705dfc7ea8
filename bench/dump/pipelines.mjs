/** What is measured: the pipelines that people use, and ours. Each runs as a process group of its own. */
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
export const BUCKET = 'bench';

/**
 * In the order of the report. `script` is bash (`$PG_DUMP` dumps the database, `$OUT` is a directory for the result);
 * `options` are those of `holdfast backup`. `needs` are programs; `s3` says that the result goes into the local S3.
 */
const pipelines = {
  null: { title: 'pg_dump > /dev/null', script: '"$PG_DUMP" "$DATABASE" > /dev/null' },
  gzip: { title: 'pg_dump \\| gzip', script: '"$PG_DUMP" "$DATABASE" | gzip > "$OUT/dump.gz"' },
  pigz: { title: 'pg_dump \\| pigz', script: '"$PG_DUMP" "$DATABASE" | pigz > "$OUT/dump.gz"', needs: ['pigz'] },
  igzip: {
    title: 'pg_dump \\| igzip -1',
    script: '"$PG_DUMP" "$DATABASE" | igzip -1 > "$OUT/dump.gz"',
    needs: ['igzip'],
  },
  zstd: {
    title: 'pg_dump \\| zstd -T0',
    script: '"$PG_DUMP" "$DATABASE" | zstd -q -T0 > "$OUT/dump.zst"',
    needs: ['zstd'],
  },
  custom: { title: 'pg_dump -Fc', script: '"$PG_DUMP" -Fc "$DATABASE" > "$OUT/dump.custom"' },
  directory: { title: 'pg_dump -Fd -j2 -Z1', script: '"$PG_DUMP" -Fd -j2 -Z1 -f "$OUT/dump" "$DATABASE"' },
  holdfast: { title: 'holdfast backup', options: [] },
  jobs2: { title: 'holdfast backup --jobs 2', options: ['--jobs', '2'] },
  jobs4: { title: 'holdfast backup --jobs 4', options: ['--jobs', '4'] },
  builtin: { title: 'holdfast backup, without igzip', options: [], withoutPrograms: true },
  aws: {
    title: 'pg_dump \\| gzip \\| aws s3 cp',
    script: `"$PG_DUMP" "$DATABASE" | gzip | aws s3 cp --quiet - s3://${BUCKET}/dump.sql.gz`,
    needs: ['aws'],
    s3: true,
  },
  's3-holdfast': { title: 'holdfast backup, into S3', options: [], s3: true },
  's3-jobs2': { title: 'holdfast backup --jobs 2, into S3', options: ['--jobs', '2'], s3: true },
};

export const pipelineNames = Object.keys(pipelines);

export function pipelineOf(name) {
  return pipelines[name];
}

/** Program, arguments and environment of one run. @param s3 environment of the local S3, for pipelines that need it */
export function commandOf(name, { database, out, server, vault, s3 }) {
  const pipeline = pipelines[name];
  const base = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, ...(pipeline.s3 && s3) };
  if (pipeline.script !== undefined) {
    const env = {
      ...base,
      ...server.environment(),
      PG_DUMP: server.programs.program('pg_dump'),
      DATABASE: database,
      OUT: out,
    };
    return { command: 'bash', args: ['-o', 'pipefail', '-c', pipeline.script], env };
  }
  const query = `host=${encodeURIComponent(server.host)}&port=${server.port}`;
  const url = pipeline.s3 ? `s3://${BUCKET}` : `file://${vault}`;
  const options = ['--name', 'bench', '--vault', url, '--create-vault', '--json', ...pipeline.options];
  return {
    command: process.execPath,
    args: [join(root, 'bin', 'holdfast'), 'backup', ...options],
    env: {
      ...base,
      // An empty PATH leaves nothing but the built-in compression.
      PATH: pipeline.withoutPrograms ? out : base.PATH,
      HOLDFAST_URL: `postgres://${server.superuser}@/${database}?${query}`,
      HOLDFAST_PG_BIN: server.programs.directory,
    },
  };
}
