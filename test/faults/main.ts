/** `npm run test:faults`: injects faults, judges what they leave, prints the report. */
import { writeFileSync } from 'node:fs';
import { buildIfStale } from '../../scripts/build/build.mjs';
import { formatReport, makeReport } from './harness/report.js';
import { runFaults, type FaultResult } from './harness/runner.js';
import { openWorld } from './harness/world.js';
import { ALL_KINDS } from './kinds.js';
import { helpText, readOptions, type Options } from './options.js';

async function main(options: Options): Promise<number> {
  const signal = untilInterrupted();
  await buildIfStale();
  const started = performance.now();
  console.log(`Faults of seed ${options.seed}. Preparing a source, a backup and what they take undisturbed …`);
  const world = await openWorld();
  let results: FaultResult[];
  try {
    let done = 0;
    const total = options.only === undefined ? options.count : options.kinds.length;
    const onOutcome = ({ kind, number, plan, ending, struck, violations, milliseconds }: FaultResult) => {
      const how = violations.length > 0 ? 'FAILED' : struck ? ending : 'not reached';
      console.log(`${++done}/${total} ${kind} ${number}: ${plan}: ${how}, ${milliseconds} ms`);
      for (const violation of violations) console.log(`  - ${violation}`);
    };
    results = await runFaults(world, { ...options, onOutcome, signal });
  } finally {
    await world.stop();
  }
  const report = makeReport(options.kinds, results, {
    seed: options.seed,
    seconds: (performance.now() - started) / 1000,
  });
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(formatReport(report));
  if (signal.aborted) return 130;
  // One fault alone may come too late, and says so.
  const unreached = options.only === undefined && report.unreached.length > 0;
  return report.failed > 0 || unreached ? 1 : 0;
}

/** The first signal lets the faults end that are under way, and the servers stop; the second does not wait. */
function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(130);
      console.error('Interrupted: ending the faults that are under way …');
      interrupted.abort();
    });
  }
  return interrupted.signal;
}

let options: Options | undefined;
try {
  // npm runs scripts in the package's directory, wherever it was called.
  options = readOptions(process.argv.slice(2), ALL_KINDS, process.env.INIT_CWD ?? process.cwd());
  if (options === undefined) console.log(helpText(ALL_KINDS));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  console.error('npm run test:faults -- --help tells what it takes.');
  process.exitCode = 2;
}
try {
  if (options !== undefined) process.exitCode = await main(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
