/** `npm run test:faults`: injects faults, judges what they leave, prints the report. */
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildIfStale } from '../../scripts/build/build.mjs';
import type { FaultKind } from './harness/fault-kind.js';
import { formatReport, makeReport } from './harness/report.js';
import { runFaults, type FaultResult } from './harness/runner.js';
import { openWorld } from './harness/world.js';
import { ALL_KINDS } from './kinds.js';

const HELP = `Usage: npm run test:faults -- [--seed N] [--count N] [--only KIND] [--case K] [--json FILE]

  --seed N     repeats a run; without it, a new seed is chosen and printed
  --count N    faults altogether; the kinds take turns (default: 5 of each)
  --only KIND  only this kind
  --case K     with --only: only the fault with this number
  --json FILE  writes the report there as well

Kinds:
${ALL_KINDS.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join('\n')}

Exit status: 0 all went well · 1 a fault left what it must not, or a false message · 2 wrong usage
`;

interface Options {
  readonly seed: string;
  readonly count: number;
  readonly kinds: readonly FaultKind[];
  readonly only: number | undefined;
  readonly json: string | undefined;
}

/** @returns `undefined` after it has shown the help; @throws Error with what is wrong */
function readOptions(args: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { seed: text, count: text, only: text, case: text, json: text, help: { type: 'boolean' } },
  });
  if (values.help) return undefined;
  const kinds = values.only === undefined ? ALL_KINDS : ALL_KINDS.filter(({ name }) => name === values.only);
  if (kinds.length === 0) throw new Error(`There is no kind ${JSON.stringify(values.only)}.`);
  if (values.case !== undefined && values.only === undefined) throw new Error('--case needs --only.');
  return {
    seed: values.seed ?? String(randomInt(1, 1_000_000)),
    count: wholeNumber('--count', values.count) ?? kinds.length * 5,
    kinds,
    only: wholeNumber('--case', values.case),
    json: values.json,
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,6}$/.test(text)) throw new Error(`${name} takes a whole number, not ${JSON.stringify(text)}.`);
  return Number(text);
}

async function main(options: Options): Promise<number> {
  await buildIfStale();
  const started = performance.now();
  console.log(`Faults of seed ${options.seed}. Preparing a source, a backup and what they take undisturbed …`);
  const world = await openWorld();
  let results: FaultResult[];
  try {
    let done = 0;
    const total = options.only === undefined ? options.count : options.kinds.length;
    const onOutcome = ({ kind, number, plan, ending, struck, violations, milliseconds }: FaultResult) => {
      const how = violations.length > 0 ? 'FAILED' : ending;
      const late = struck ? '' : ', too late';
      console.log(`${++done}/${total} ${kind} ${number}: ${plan}: ${how}${late}, ${milliseconds} ms`);
      for (const violation of violations) console.log(`  - ${violation}`);
    };
    results = await runFaults(world, { ...options, onOutcome });
  } finally {
    await world.stop();
  }
  const report = makeReport(options.kinds, results, {
    seed: options.seed,
    seconds: (performance.now() - started) / 1000,
  });
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(formatReport(report));
  return report.failed > 0 ? 1 : 0;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = await main(options);
  else console.log(HELP);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  console.error('npm run test:faults -- --help tells what it takes.');
  process.exitCode = 2;
}
