/** What is measured: the pipelines that people use, and ours. Each runs as a process group of its own. */
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/**
 * In the order of the report. `script` is bash (`$PG_DUMP` dumps the database, `$OUT` is a directory for the result);
 * `command` is a program with arguments. `stored` says how large the result is: the files in `$OUT`, or what the
 * program's JSON tells.
 */
const pipelines = {
  null: { title: 'pg_dump > /dev/null', script: '"$PG_DUMP" "$DATABASE" > /dev/null' },
  gzip: { title: 'pg_dump | gzip', script: '"$PG_DUMP" "$DATABASE" | gzip > "$OUT/dump.gz"' },
  igzip: { title: 'pg_dump | igzip -1', script: '"$PG_DUMP" "$DATABASE" | igzip -1 > "$OUT/dump.gz"', needs: 'igzip' },
  custom: { title: 'pg_dump -Fc', script: '"$PG_DUMP" -Fc "$DATABASE" > "$OUT/dump.custom"' },
  holdfast: { title: 'holdfast backup', command: holdfast() },
  builtin: { title: 'holdfast backup, without igzip', command: holdfast(), withoutPrograms: true },
};

export const pipelineNames = Object.keys(pipelines);

export function pipelineOf(name) {
  return pipelines[name];
}

/** Program, arguments and environment of one run. */
export function commandOf(name, { database, out, server, vault }) {
  const pipeline = pipelines[name];
  const base = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR };
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
  return {
    command: process.execPath,
    args: [...pipeline.command, '--name', 'bench', '--vault', `file://${vault}`, '--create-vault', '--json'],
    env: {
      ...base,
      // An empty PATH leaves nothing but the built-in compression.
      PATH: pipeline.withoutPrograms ? out : base.PATH,
      HOLDFAST_URL: `postgres://${server.superuser}@/${database}?${query}`,
      HOLDFAST_PG_BIN: server.programs.directory,
    },
  };
}

function holdfast() {
  return [join(root, 'bin', 'holdfast'), 'backup'];
}
