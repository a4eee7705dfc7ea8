/** Values of options, parsed with a message that says what to write. */
import { InvalidArgumentError, Option } from 'commander';
import { JOBS_RULE, MOST_JOBS } from '../../config/defaults.js';
import { byteRateProblem, parseByteRate } from '../../syntax/byte-rate.js';
import { durationProblem, parseDuration } from '../../syntax/duration.js';
import { levelProblem } from '../../syntax/compression.js';

/** A whole number from `from` to `to`. */
export function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`Give a whole number from ${from} to ${to}.`);
  };
}

/** `auto`, or a number of sessions. */
export function jobs(text: string): number | 'auto' {
  if (text === 'auto') return text;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MOST_JOBS) return value;
  throw new InvalidArgumentError(JOBS_RULE);
}

/** The level of a compression, before it is known which one. */
export function compressionLevel(text: string): number {
  const level = /^\d+$/.test(text) ? Number(text) : NaN;
  const problem = levelProblem(level);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  return level;
}

/** `90m`, `1h30m` → milliseconds. */
export function duration(text: string): number {
  const problem = durationProblem(text);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  return parseDuration(text) ?? 0;
}

/** `17,18` → 17 and 18. */
export function majors(text: string): number[] {
  if (!/^[1-9]\d(?:,[1-9]\d)*$/.test(text)) {
    throw new InvalidArgumentError('Give major versions of PostgreSQL, separated by commas: 17,18.');
  }
  return [...new Set(text.split(',').map(Number))];
}

/** `20MB` → bytes in a second. */
export function byteRate(text: string): number {
  const problem = byteRateProblem(text);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  return parseByteRate(text) ?? 0;
}

/** Collects the values of an option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  if (value === '') throw new InvalidArgumentError('It is empty.');
  return [...(previous ?? []), value];
}

/**
 * The choices of an option, where their type is of a part of the program that a declaration must not load: the compiler
 * sees that none is missing and none too many.
 */
export function all<T extends string>(choices: Readonly<Record<T, true>>): T[] {
  return Object.keys(choices) as T[];
}

/** `a,b` of a closed list; given several times, the values add up. */
export function listOf<T extends string>(choices: readonly T[]): (text: string, previous?: readonly T[]) => T[] {
  return (text, previous = []) => {
    const values = text.split(',').map((value) => choices.find((choice) => choice === value.trim()));
    const known = values.filter((value) => value !== undefined);
    if (known.length === values.length) return [...new Set([...previous, ...known])];
    throw new InvalidArgumentError(`Give one or more of ${choices.join(', ')}, separated by commas.`);
  };
}

/** The options that say how to sign in to a server. */
export function signInOptions(): Option[] {
  return [
    new Option('--passfile <file>', 'a libpq password file, mode 0600 (default: PGPASSFILE, ~/.pgpass)'),
    new Option('--iam', 'sign in by RDS IAM authentication').conflicts('passfile'),
    new Option(
      '--secret <arn>',
      'take the password from a Secrets Manager secret; it also fills in host, port, user and database that nothing else sets',
    ).conflicts(['passfile', 'iam']),
  ];
}
