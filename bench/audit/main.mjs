/**
 * The audit of templates with many resources: seconds and memory for facts and verdicts, and how many of the verdicts
 * could not be reached. Nothing is asked of AWS.
 */
import { existsSync } from 'node:fs';
import { MissingError } from '../errors.mjs';
import { stackOf } from './stack.mjs';

const ROUNDS = 5;
const OPTION = '--resources';

export async function main(args, signal) {
  const dist = new URL('../../dist/audit/', import.meta.url);
  if (!existsSync(dist)) throw new MissingError('Holdfast is not built: run npm run build first.');
  const [{ CONTROLS }, { evaluate }, { factsFromTemplates, toStackTemplate }, { NOTHING_DECLARED }] = await Promise.all(
    ['catalog.js', 'evaluate.js', 'facts-from-templates.js', 'model/declared.js'].map(
      (file) => import(new URL(file, dist)),
    ),
  );
  const resources = Number(args[args.indexOf(OPTION) + 1] ?? NaN) || 1000;
  const template = stackOf(resources);
  const stack = toStackTemplate(template, { stack: 'bench', account: '111122223333', region: 'us-east-1' });
  const seconds = [];
  let findings = [];
  let peak = 0;
  const before = process.memoryUsage().heapUsed;
  for (let round = 0; round < ROUNDS && !signal.aborted; round += 1) {
    const start = process.hrtime.bigint();
    const facts = factsFromTemplates([stack], new Date());
    findings = evaluate(CONTROLS, facts, NOTHING_DECLARED);
    seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
    peak = Math.max(peak, process.memoryUsage().heapUsed - before);
  }
  seconds.sort((a, b) => a - b);
  const count = (status) => findings.filter((finding) => finding.status === status).length;
  const result = {
    resources: Object.keys(template.Resources).length,
    requests: 0,
    seconds: { least: seconds[0], median: seconds[Math.floor(seconds.length / 2)], most: seconds.at(-1) },
    heapMb: Math.round(peak / 2 ** 20),
    verdicts: { pass: count('pass'), fail: count('fail'), notEvaluated: count('not-evaluated') },
  };
  if (args.includes('--json')) console.log(JSON.stringify(result));
  else {
    const { least, median, most } = result.seconds;
    console.log(`${result.resources} resources: ${[least, median, most].map((one) => one.toFixed(2)).join(' / ')} s`);
    console.log(`  (least, median and most of ${ROUNDS} rounds), ${result.heapMb} MB of heap, no requests`);
    console.log(
      `  ${result.verdicts.pass} pass, ${result.verdicts.fail} fail, ${result.verdicts.notEvaluated} not evaluated`,
    );
  }
}
