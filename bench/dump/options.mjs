import { parseArgs } from 'node:util';
import { UsageError } from '../errors.mjs';
import { pipelineNames } from './pipelines.mjs';
import { scenarioNames, scenarioOf } from './scenarios.mjs';

const UNITS = { MB: 1e6, GB: 1e9 };

const HELP = `npm run bench -- dump [options]
  --scenario LIST   of ${scenarioNames.join(',')} (default mixed)
  --size LIST       at least so much plain SQL, as 800MB or 200MB,1GB,4GB (default 800MB); for mixed and one-table
  --rounds N        how often each pipeline runs, interleaved (default 5)
  --pipelines LIST  of ${pipelineNames.join(',')} (default: those of the scenario)
  --json            one JSON document on standard output, Markdown and progress on standard error`;

/** `{ rounds, json, sets }`; a set is `{ scenario (name), size (bytes, or null), pipelines (names) }`. */
export function parseOptions(args) {
  const { values } = parse(args);
  if (values.help) throw new UsageError(HELP);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`--rounds takes a number from 1, got ${values.rounds}.`);
  const scenarios = listOf('scenario', values.scenario, scenarioNames);
  const chosen = values.pipelines === undefined ? undefined : listOf('pipeline', values.pipelines, pipelineNames);
  const sizes = values.size.split(',').map(parseSize);
  const sets = scenarios.flatMap((scenario) => {
    const { takesSize, pipelines } = scenarioOf(scenario);
    return (takesSize ? sizes : [null]).map((size) => ({ scenario, size, pipelines: chosen ?? pipelines }));
  });
  return { rounds, json: values.json, sets };
}

function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        scenario: { type: 'string', default: 'mixed' },
        size: { type: 'string', default: '800MB' },
        rounds: { type: 'string', default: '5' },
        pipelines: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${error.message}\n${HELP}`);
  }
}

function listOf(what, text, known) {
  const names = text.split(',');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`Unknown ${what} "${unknown}"; there are ${known.join(', ')}.`);
  return names;
}

function parseSize(text) {
  const match = /^(\d+(?:\.\d+)?)(MB|GB)$/.exec(text);
  if (match === null) throw new UsageError(`--size takes a number with MB or GB, as 800MB or 2GB, got ${text}.`);
  return Number(match[1]) * UNITS[match[2]];
}
