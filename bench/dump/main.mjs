/** A backup against pg_dump's pipelines, in interleaved rounds on one throwaway server. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MissingError } from '../errors.mjs';
import { startLocalS3 } from './local-s3.mjs';
import { parseOptions } from './options.mjs';
import { pipelineOf } from './pipelines.mjs';
import { summarize, toMarkdown } from './report.mjs';
import { runPipeline } from './run-pipeline.mjs';
import { scenarioOf } from './scenarios.mjs';

const run = promisify(execFile);
const DATABASE = 'bench';

export async function main(args, signal) {
  const { sets, rounds, json } = parseOptions(args);
  const say = (text) => console.error(text);
  const used = [...new Set(sets.flatMap(({ pipelines }) => pipelines))].map(pipelineOf);
  for (const program of used.flatMap(({ needs }) => needs ?? [])) await requireProgram(program);

  const { startThrowawayServer } = await load('postgres/throwaway/throwaway-server.js');
  const { findPrograms } = await load('postgres/client-programs.js');
  const programs = (await findPrograms({ env: process.env })).find((each) => each.has('postgres'));
  if (programs === undefined)
    throw new MissingError('No PostgreSQL server is installed (Debian: apt-get install postgresql).');

  const directory = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  let server;
  let s3;
  try {
    server = await startThrowawayServer({ programs, signal });
    if (used.some((pipeline) => pipeline.s3)) s3 = await startLocalS3(signal);
    const psql = await openPsql({ server, programs, signal });
    const [dataDirectory] = (await psql('postgres', 'SHOW data_directory')).split('\n');
    const [postmaster] = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).split('\n');
    const place = { directory, server, postmaster, database: DATABASE, s3, signal };
    const results = [];
    for (const set of sets) {
      const { title, fill } = scenarioOf(set.scenario);
      say(`Filling a throwaway PostgreSQL ${server.version}: ${title} …`);
      await psql('postgres', `DROP DATABASE IF EXISTS ${DATABASE}`);
      await psql('postgres', `CREATE DATABASE ${DATABASE}`);
      await fill((sql) => psql(DATABASE, sql), set.size);
      // Also sets the hint bits, which the first reader of each page would otherwise do.
      await psql(DATABASE, 'VACUUM ANALYZE');
      results.push(await runSet(set, { ...place, programs, rounds, say }));
    }
    const summary = summarize({ results, rounds, server });
    if (json) {
      say(`\n${toMarkdown(summary)}`);
      console.log(JSON.stringify(summary, null, 2));
    } else console.log(`\n${toMarkdown(summary)}`);
  } finally {
    s3?.stop();
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function runSet({ scenario, size, pipelines }, { programs, rounds, say, ...place }) {
  const { server, signal } = place;
  const env = { PATH: process.env.PATH, ...server.environment() };
  // Also warms the cache, so that the first pipeline of the first round pays for nothing.
  const rawBytes = await countBytes(programs.program('pg_dump'), [DATABASE], { env, signal });
  // The CPU time of that session is counted when the server has noticed its end.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const runs = Object.fromEntries(pipelines.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another pipeline, so that none always follows the same neighbor.
    const first = round % pipelines.length;
    for (const name of [...pipelines.slice(first), ...pipelines.slice(0, first)]) {
      const result = await runPipeline(name, place);
      runs[name].push(result);
      const seconds = result.seconds.toFixed(2).padStart(7);
      say(`${scenario}, round ${round + 1}/${rounds}  ${seconds} s  ${name}`);
    }
  }
  return { scenario, title: scenarioOf(scenario).title, size, rawBytes, runs };
}

/** `psql(database, sql)` answers with what the statements print. */
async function openPsql({ server, programs, signal }) {
  const env = { PATH: process.env.PATH, ...server.environment() };
  return async (database, sql) => {
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', database];
    const running = run(programs.program('psql'), args, { env, signal });
    running.child.stdin.end(sql);
    return (await running).stdout.trim();
  };
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
    throw new MissingError(`This benchmark needs ${name}, or --pipelines without it.`);
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
