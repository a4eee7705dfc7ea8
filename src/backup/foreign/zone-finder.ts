/**
 * In which time zone a dump was made: pg_dump writes times with the offset of its session's zone, and does not say which
 * zone that was. A copy has to be read in the same one, or rows that are equal look different.
 */
import { IDENTIFIER, unquoteIdentifier } from '../../syntax/sql/identifiers.js';
import { parseCopy } from '../../dump/statement.js';

const TABLE = new RegExp(String.raw`^CREATE (?:UNLOGGED )?TABLE (${IDENTIFIER})\.(${IDENTIFIER}) \(`);
const COLUMN = new RegExp(String.raw`^    (${IDENTIFIER}) timestamp(?:\(\d\))? with time zone`, 'gm');
const TIME = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):\d\d(?:\.\d+)?([+-])(\d\d)(?::(\d\d))?$/;
/** Constants that the server prints in a definition, and the bounds of a partition, which have no type beside them. */
const CONSTANTS = /'([^']{19,40})'::timestamp(?:\(\d\))? with time zone/g;
const BOUNDS = /FOR VALUES (?:FROM|IN) .*$/gms;
const BOUND = /'([^']{19,40})'/g;
const NEWLINE = 0x0a;

/** Tables whose columns are remembered. */
const MOST_TABLES = 20_000;
/** Hours with an offset that are remembered: enough for several changes between summer and winter. */
const MOST_SAMPLES = 2_000;
/** The first rows of each table are looked at; after them one of each piece of the dump. */
const FIRST_ROWS = 50;
/** Rows that are longer are passed over. */
const MOST_ROW_BYTES = 64 << 10;

/** Of several that fit, the first of these. */
const PREFERRED = [
  ...[
    'UTC',
    'Europe/London',
    'Europe/Berlin',
    'Europe/Athens',
    'America/New_York',
    'America/Chicago',
    'America/Denver',
  ],
  ...['America/Los_Angeles', 'America/Sao_Paulo', 'Asia/Kolkata', 'Asia/Shanghai', 'Asia/Tokyo', 'Australia/Sydney'],
];

/** By hour and offset: milliseconds, and the offset in minutes that the moment was written with. */
type Samples = Map<string, { readonly at: number; readonly offset: number }>;

export class ZoneFinder {
  readonly #columns = new Map<string, ReadonlySet<string>>();
  /** Where such columns are in the rows that come. */
  #places: readonly number[] = [];
  #rowsLeft = 0;
  readonly #inRows: Samples = new Map();
  /** What no row says: only the server's own words count, and a text of the same form may be a user's. */
  readonly #inDefinitions: Samples = new Map();

  /** @param text of a CREATE TABLE, or of another statement about a table */
  table(text: string): void {
    const [, schema, name] = TABLE.exec(text) ?? [];
    if (schema === undefined || name === undefined || this.#columns.size >= MOST_TABLES) return;
    const columns = [...text.matchAll(COLUMN)].map(([, column = '']) => unquoteIdentifier(column));
    if (columns.length > 0)
      this.#columns.set(keyOf(unquoteIdentifier(schema), unquoteIdentifier(name)), new Set(columns));
  }

  /** @param text of a statement that defines something, but for the body of a function, which is in its author's words */
  definition(text: string): void {
    if (this.#inDefinitions.size >= MOST_SAMPLES) return;
    for (const [, time = ''] of text.matchAll(CONSTANTS)) addSample(this.#inDefinitions, time);
    for (const [bounds] of text.matchAll(BOUNDS)) {
      for (const [, time = ''] of bounds.matchAll(BOUND)) addSample(this.#inDefinitions, time);
    }
  }

  /** @param text of the COPY whose rows come next */
  copy(text: string): void {
    const copy = parseCopy(text);
    const wanted = copy && this.#columns.get(keyOf(copy.schema, copy.name));
    this.#places = wanted ? copy.columns.flatMap((column, index) => (wanted.has(column) ? [index] : [])) : [];
    this.#rowsLeft = FIRST_ROWS;
  }

  rows(chunk: Buffer, start: number, end: number): void {
    if (this.#places.length === 0 || this.#inRows.size >= MOST_SAMPLES) return;
    // A piece may begin within a row: the first whole one is behind its first line break.
    for (let at = start, taken = 0; taken < Math.max(1, this.#rowsLeft);) {
      const from = this.#rowsLeft === FIRST_ROWS && taken === 0 ? at : chunk.indexOf(NEWLINE, at) + 1;
      const until = chunk.indexOf(NEWLINE, from);
      if ((from === 0 && at > 0) || until < 0 || until >= end) break;
      if (until - from <= MOST_ROW_BYTES) this.#row(chunk.toString('latin1', from, until));
      taken += 1;
      at = until;
      if (this.#rowsLeft > 0) this.#rowsLeft -= 1;
    }
  }

  #row(text: string): void {
    const fields = text.split('\t');
    for (const place of this.#places) addSample(this.#inRows, fields[place] ?? '');
  }

  /** @returns a zone that explains all that was seen; UTC where there is none or nothing was seen */
  finish(): { readonly zone: string; readonly seen: boolean } {
    const samples = [...(this.#inRows.size > 0 ? this.#inRows : this.#inDefinitions).values()];
    if (samples.length === 0) return { zone: 'UTC', seen: false };
    if (samples.every(({ offset }) => offset === 0)) return { zone: 'UTC', seen: true };
    const fits = (zone: string) => {
      const offsetOf = offsetIn(zone);
      return samples.every(({ at, offset }) => offsetOf(at) === offset);
    };
    const zone = [...PREFERRED, ...Intl.supportedValuesOf('timeZone')].find(fits);
    return { zone: zone ?? 'UTC', seen: zone !== undefined };
  }
}

function addSample(samples: Samples, time: string): void {
  const match = TIME.exec(time);
  if (!match) return;
  const [, year, month, day, hour, minute, sign, hours, minutes = '0'] = match;
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
  const at = local - offset * 60_000;
  samples.set(`${Math.floor(at / 3_600_000)} ${offset}`, { at, offset });
}

function keyOf(schema: string, name: string): string {
  return `${schema}\0${name}`;
}

/** Minutes from UTC in a zone, by the moment. */
function offsetIn(zone: string): (at: number) => number | undefined {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return (at) => {
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d)(?::\d\d)?)?$/.exec(name) ?? [];
    if (!name.startsWith('GMT')) return undefined;
    return hours === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
}
