/** A backup against pg_dump's pipelines, in interleaved rounds on one throwaway server. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MissingError } from '../errors.mjs';
import { fillDatabase } from './fill-database.mjs';
import { parseOptions } from './options.mjs';
import { pipelineOf } from './pipelines.mjs';
import { summarize, toText } from './report.mjs';
import { runPipeline } from './run-pipeline.mjs';

const run = promisify(execFile);
const DATABASE = 'bench';

export async function main(args, signal) {
  const { size, rounds, pipelines, json } = parseOptions(args);
  const say = (text) => console.error(text);
  for (const program of pipelines.map((name) => pipelineOf(name).needs).filter(Boolean)) await requireProgram(program);

  const { startThrowawayServer } = await load('postgres/throwaway/throwaway-server.js');
  const { findPrograms } = await load('postgres/client-programs.js');
  const programs = (await findPrograms({ env: process.env })).find((each) => each.has('postgres'));
  if (programs === undefined)
    throw new MissingError('No PostgreSQL server is installed (Debian: apt-get install postgresql).');

  const directory = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  let server;
  try {
    server = await startThrowawayServer({ programs, signal });
    say(`Filling a throwaway PostgreSQL ${server.version} …`);
    const environment = { env: { PATH: process.env.PATH, ...server.environment() }, signal };
    await run(
      programs.program('psql'),
      ['-X', '-q', '-d', 'postgres', '-c', `CREATE DATABASE ${DATABASE}`],
      environment,
    );
    await fillDatabase({ server, database: DATABASE, size, signal });
    // Also warms the cache, so that the first pipeline of the first round pays for nothing.
    const rawBytes = await countBytes(programs.program('pg_dump'), [DATABASE], environment);

    const runs = Object.fromEntries(pipelines.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      // Each round begins with another pipeline, so that none always follows the same neighbor.
      const first = round % pipelines.length;
      for (const name of [...pipelines.slice(first), ...pipelines.slice(0, first)]) {
        const result = await runPipeline(name, { directory, server, database: DATABASE, signal });
        runs[name].push(result);
        say(`round ${round + 1}/${rounds}  ${result.seconds.toFixed(2).padStart(7)} s  ${pipelineOf(name).title}`);
      }
    }
    const summary = summarize({ runs, rawBytes, rounds, server });
    console.log(json ? JSON.stringify(summary, null, 2) : `\n${toText(summary)}`);
  } finally {
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function load(path) {
  const url = new URL(`../../dist/${path}`, import.meta.url);
  if (!existsSync(url)) throw new MissingError('Holdfast is not built: run npm run build first.');
  return import(url);
}

async function requireProgram(name) {
  try {
    await run('bash', ['-c', `command -v ${name}`]);
  } catch {
    throw new MissingError(`This benchmark needs ${name} (Debian: apt-get install isal), or --pipelines without it.`);
  }
}

function countBytes(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    let bytes = 0;
    child.stdout.on('data', (chunk) => (bytes += chunk.length));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(bytes) : reject(new Error(`Counting the dump's bytes: pg_dump exited with status ${code}.`)),
    );
  });
}
