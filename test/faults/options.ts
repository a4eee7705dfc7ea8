/** What `npm run test:faults` takes. */
import { randomInt } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { closest } from 'fastest-levenshtein';
import type { FaultKind } from './harness/fault-kind.js';

/** How many of each kind, where nobody says how many. */
const EACH = 5;

export interface Options {
  readonly seed: string;
  readonly count: number;
  readonly kinds: readonly FaultKind[];
  /** The number of the one fault of the one kind that is run. */
  readonly only: number | undefined;
  /** Absolute. */
  readonly json: string | undefined;
}

export function helpText(kinds: readonly FaultKind[]): string {
  return `Usage: npm run test:faults -- [--seed SEED] [--count N] [--only KIND]… [--case K] [--json FILE]

  --seed SEED  repeats a run; without it, a new seed is chosen and printed
  --count N    faults altogether; the kinds take turns (default: ${EACH} of each)
  --only KIND  only this kind; may be given several times
  --case K     with one --only: only the fault with this number, from 0
  --json FILE  writes the report there as well

Kinds:
${kinds.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join('\n')}

Exit status: 0 all went well · 1 a fault left what it must not, or a message was false, or no fault of a kind was
  reached · 2 wrong usage · 130 interrupted
`;
}

/**
 * @param directory that a relative `--json` is relative to
 * @returns `undefined` where the help is asked for
 * @throws Error with what is wrong
 */
export function readOptions(
  args: readonly string[],
  all: readonly FaultKind[],
  directory: string,
): Options | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: text,
      count: text,
      only: { type: 'string', multiple: true },
      case: text,
      json: text,
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const kinds = selectKinds(all, values.only);
  const only = wholeNumber('--case', values.case, 0);
  if (only !== undefined && values.only?.length !== 1) throw new Error('--case needs one --only.');
  if (only !== undefined && values.count !== undefined) throw new Error('--case is one fault, and takes no --count.');
  if (values.seed === '') throw new Error('--seed is empty.');
  return {
    seed: values.seed ?? String(randomInt(1, 1_000_000)),
    count: wholeNumber('--count', values.count, 1) ?? kinds.length * EACH,
    kinds,
    only,
    json: values.json === undefined ? undefined : writable(resolve(directory, values.json)),
  };
}

function selectKinds(all: readonly FaultKind[], names: readonly string[] | undefined): readonly FaultKind[] {
  if (names === undefined) return all;
  const known = all.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name));
  throw new Error(`There is no kind ${JSON.stringify(unknown)}; the nearest is ${closest(unknown, known)}.`);
}

function wholeNumber(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text) && Number(text) >= least) return Number(text);
  throw new Error(`${name} takes a whole number from ${least} on, not ${JSON.stringify(text)}.`);
}

/** Seen before the run, whose report would be lost. */
function writable(file: string): string {
  if (!existsSync(dirname(file))) throw new Error(`--json ${file}: the directory ${dirname(file)} is not there.`);
  if (existsSync(file) && !statSync(file).isFile()) throw new Error(`--json ${file}: it is not a file.`);
  return file;
}
