/** What a backup costs those who work in the source meanwhile: a workload beside pg_dump, and the same beside ours. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { MissingError } from '../errors.mjs';
import { parseOptions } from './options.mjs';
import { summarize, toText } from './report.mjs';
import { toolsOf } from './tools.mjs';
import { ALL_ROWS, KIND_NAMES, SET_UP, startWorkload } from './workload.mjs';

const DATABASE = 'bench';

export async function main(args, signal) {
  const options = parseOptions(args);
  const { kinds, rates, rounds, json } = options;
  const say = (text) => console.error(text);
  const { startThrowawayServer } = await load('postgres/throwaway/throwaway-server.js');
  const { findPrograms } = await load('postgres/client-programs.js');
  const programs = (await findPrograms({ env: process.env })).find((each) => each.has('postgres'));
  if (programs === undefined) {
    throw new MissingError('No PostgreSQL server is installed (Debian: apt-get install postgresql).');
  }
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  let server;
  try {
    // pg_dump locks every table, and the workload goes on beside it.
    server = await startThrowawayServer({ programs, signal, maxConnections: 50, maxLocksPerTransaction: 1024 });
    say(`Filling a throwaway PostgreSQL ${server.version} …`);
    const rows = await fill(server, options);
    const runs = [];
    const tools = toolsOf(options.other);
    for (const kind of kinds) {
      for (const rate of rates) {
        for (let round = 0; round < rounds; round += 1) {
          const first = round % tools.length;
          for (const tool of [...tools.slice(first), ...tools.slice(0, first)]) {
            const run = await runOnce(tool, { server, kind, rate, rows, directory, signal });
            runs.push(run);
            say(`${kind} ${rate}/s, round ${round + 1}/${rounds}, ${tool.name}: ${run.failure ?? run.outcome}`);
          }
        }
      }
    }
    const summary = summarize({ runs, options, server });
    console.log(json ? JSON.stringify(summary, null, 2) : `\n${toText(summary)}`);
  } finally {
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** One backup beside the workload: `outcome` is complete, named, wrong or failed. */
async function runOnce(tool, { server, kind, rate, rows, directory, signal }) {
  const out = await mkdtemp(join(directory, `${tool.name}-`));
  const workload = await startWorkload({
    connection: server.connection(DATABASE),
    kinds: kind === 'all' ? KIND_NAMES : [kind],
    perSecond: rate,
  });
  const began = performance.now();
  let result;
  try {
    const dump = await tool.run({ server, database: DATABASE, directory: out, signal });
    const whole = dump.rows === rows;
    result = {
      outcome: whole ? 'complete' : dump.warned ? 'named' : 'wrong',
      missing: rows - dump.rows,
      anew: dump.anew,
    };
  } catch (error) {
    signal.throwIfAborted();
    result = { outcome: 'failed', failure: error.message, missing: 0, anew: 0 };
  }
  const seconds = (performance.now() - began) / 1000;
  const { changes, longestChange, longestRead, failures } = await workload.stop();
  await rm(out, { recursive: true, force: true });
  return { tool: tool.name, kind, rate, seconds, changes, longestChange, longestRead, failures, ...result };
}

/** @returns how many rows a dump of it has */
async function fill(server, { tables, rows }) {
  const run = async (database, sql) => {
    const client = new pg.Client(server.connection(database));
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await run('postgres', `CREATE DATABASE ${DATABASE}`);
  await run(DATABASE, SET_UP);
  await run(
    DATABASE,
    `CREATE TABLE large AS SELECT i, md5(i::text) AS a, md5((-i)::text) AS b FROM generate_series(1, ${rows}) i`,
  );
  await run(
    DATABASE,
    `DO $$ BEGIN FOR n IN 1..${tables} LOOP EXECUTE format('CREATE TABLE quiet_%s AS SELECT 1 AS i', n); END LOOP; END $$`,
  );
  return ALL_ROWS + rows + tables;
}

async function load(path) {
  const url = new URL(`../../dist/${path}`, import.meta.url);
  if (!existsSync(url)) throw new MissingError('Holdfast is not built: run npm run build first.');
  return import(url);
}
