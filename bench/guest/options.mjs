import { parseArgs } from 'node:util';
import { UsageError } from '../errors.mjs';
import { KIND_NAMES } from './workload.mjs';

const HELP = `npm run bench -- guest [options]
  --kinds LIST   of ${KIND_NAMES.join(',')},all (default: each, and all at the same time)
  --rates LIST   changes of each in a second (default 2,10)
  --rounds N     backups by each tool, for each kind and rate, interleaved (default 3)
  --tables N     further tables, that nobody changes (default 2000)
  --rows N       rows in one more, so that a dump takes its time (default 300000)
  --other DIR    another checkout of Holdfast, built, as a third tool
  --json         one JSON document on standard output, progress on standard error`;

/** `{ kinds (lists of names), rates, rounds, tables, rows, other, json }` */
export function parseOptions(args) {
  const { values } = parse(args);
  if (values.help) throw new UsageError(HELP);
  const kinds = values.kinds?.split(',') ?? [...KIND_NAMES, 'all'];
  const unknown = kinds.find((kind) => kind !== 'all' && !KIND_NAMES.includes(kind));
  if (unknown !== undefined)
    throw new UsageError(`Unknown kind "${unknown}"; there are ${KIND_NAMES.join(', ')}, all.`);
  const rates = values.rates.split(',').map((rate) => number('rates', rate));
  const [rounds, tables, rows] = ['rounds', 'tables', 'rows'].map((name) => number(name, values[name]));
  return { kinds, rates, rounds, tables, rows, other: values.other, json: values.json };
}

function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        kinds: { type: 'string' },
        rates: { type: 'string', default: '2,10' },
        rounds: { type: 'string', default: '3' },
        tables: { type: 'string', default: '2000' },
        rows: { type: 'string', default: '300000' },
        other: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${error.message}\n${HELP}`);
  }
}

function number(name, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new UsageError(`--${name} takes whole numbers from 1, got ${text}.`);
}
