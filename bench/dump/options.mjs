import { parseArgs } from 'node:util';
import { UsageError } from '../errors.mjs';
import { pipelineNames } from './pipelines.mjs';

const UNITS = { MB: 1e6, GB: 1e9 };

const HELP = `npm run bench -- dump [options]
  --size SIZE       at least so much plain SQL, as 800MB or 2GB (default 800MB)
  --rounds N        how often each pipeline runs, interleaved (default 5)
  --pipelines LIST  of ${pipelineNames.join(',')} (default all)
  --json            one JSON document on standard output, progress on standard error`;

/** `{ size (bytes), rounds, pipelines (names), json }` */
export function parseOptions(args) {
  const { values } = parse(args);
  if (values.help) throw new UsageError(HELP);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`--rounds takes a number from 1, got ${values.rounds}.`);
  const pipelines = values.pipelines?.split(',') ?? pipelineNames;
  const unknown = pipelines.find((name) => !pipelineNames.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`Unknown pipeline "${unknown}"; there are ${pipelineNames.join(', ')}.`);
  return { size: parseSize(values.size), rounds, pipelines, json: values.json };
}

function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
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

function parseSize(text) {
  const match = /^(\d+(?:\.\d+)?)(MB|GB)$/.exec(text);
  if (match === null) throw new UsageError(`--size takes a number with MB or GB, as 800MB or 2GB, got ${text}.`);
  return Number(match[1]) * UNITS[match[2]];
}
