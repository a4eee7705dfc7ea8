/** The options for dumps that others made, of the commands that read them. */
import { InvalidArgumentError, Option } from 'commander';
import { byteSizeProblem, parseByteSize } from '../../syntax/byte-size.js';
import { wholeNumber } from './option-parsers.js';

export interface ForeignOptions {
  /** Bytes. */
  readonly maxSize?: number;
  readonly maxRatio?: number;
  readonly timeZone?: string;
}

export function foreignOptions(): Option[] {
  return [
    new Option(
      '--time-zone <zone>',
      'of a dump that others made: the zone it was made in (default: what its rows show)',
    ).argParser(timeZone),
    new Option(
      '--max-size <bytes>',
      'of a dump that others made: how much plain SQL it may hold (default: 1TiB)',
    ).argParser(byteSize),
    new Option(
      '--max-ratio <n>',
      'of a dump that others made: how many times its size it may inflate to (default: 200)',
    ).argParser(wholeNumber(1, 1_000_000)),
  ];
}

/** `500GB` → bytes. */
export function byteSize(text: string): number {
  const problem = byteSizeProblem(text);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  return parseByteSize(text) ?? 0;
}

function timeZone(text: string): string {
  try {
    if (/^[A-Za-z][\w+-]*(?:\/[A-Za-z0-9][\w+-]*){0,4}$/.test(text)) {
      return new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions().timeZone && text;
    }
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('Give the name of a time zone: UTC, Europe/Berlin.');
}
