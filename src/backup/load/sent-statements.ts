/** Which statement psql has reached: it names a line of its input when one fails. */
import type { EntryHeader } from '../../dump/entry-header.js';
import type { Decode } from '../../dump/text-encoding.js';
import { IDENTIFIER, unquoteIdentifier } from '../../syntax/sql/identifiers.js';

/** A statement that was sent. */
export interface SentStatement {
  /** Of the entry that it belongs to; undefined for those of the restore itself. */
  readonly header: EntryHeader | undefined;
  /** `CREATE TABLE`, `COPY` … */
  readonly kind: string;
  /** `app.orders`, where it is about one. */
  readonly table: string | undefined;
}

interface Held {
  /** The first of its lines, from 1. */
  readonly line: number;
  readonly header: EntryHeader | undefined;
  /** How it begins. */
  readonly text: string;
}

/** More than what can wait between us and psql, and little memory. */
const MOST_HELD = 10_000;
const BEGINNING = 300;
const NEWLINE = 0x0a;

export class SentStatements {
  #lines = 0;
  #held: Held[] = [];

  /** One of the restore's own, or several, each on lines of its own. */
  own(text: string): void {
    this.#hold(undefined, text.slice(0, BEGINNING));
    this.#lines += text.split('\n').length - 1;
  }

  /** One of the dump, which ends with a line break that is not in it. */
  ofDump(text: Buffer, header: EntryHeader | undefined, decode: Decode): void {
    this.#hold(header, decode(text.subarray(0, BEGINNING)));
    this.#lines += 1;
    for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) this.#lines += 1;
  }

  /** The rows of a COPY have been sent, and the line that ends them. */
  rows(count: number): void {
    this.#lines += count + 1;
  }

  /** @param line of psql's input, from 1: the last of the statement */
  at(line: number): SentStatement | undefined {
    const found = this.#held.findLast((held) => held.line <= line);
    return found && { header: found.header, kind: kindOf(found.text), table: tableOf(found) };
  }

  #hold(header: EntryHeader | undefined, text: string): void {
    this.#held.push({ line: this.#lines + 1, header, text });
    if (this.#held.length > 2 * MOST_HELD) this.#held = this.#held.slice(-MOST_HELD);
  }
}

/** `CREATE UNIQUE INDEX`, `ALTER TABLE`, `GRANT`. */
function kindOf(text: string): string {
  const words = /^[A-Z]+(?: [A-Z]+)*(?= )/.exec(text)?.[0] ?? text.split(/\s/, 1)[0] ?? '';
  return words.replace(/ (?:ONLY|IF NOT EXISTS)$/, '').replace(/^(GRANT|REVOKE|SELECT|COMMENT ON|SET) .*/, '$1');
}

const NAME = `(${IDENTIFIER})\\.(${IDENTIFIER})`;
const TABLE = new RegExp(
  `^(?:COPY|CREATE (?:UNLOGGED |FOREIGN )?TABLE|ALTER (?:FOREIGN )?TABLE(?: ONLY)?|REFRESH MATERIALIZED VIEW) ${NAME}` +
    `|^CREATE (?:UNIQUE )?(?:INDEX|(?:CONSTRAINT )?TRIGGER|POLICY|RULE)\\b.*? ON (?:ONLY )?${NAME}`,
  's',
);

function tableOf({ header, text }: Held): string | undefined {
  if (header?.type === 'TABLE DATA') return `${header.schema}.${header.name}`;
  const [, ...names] = TABLE.exec(text) ?? [];
  const [schema, name] = names.filter((part) => part !== undefined);
  return schema === undefined || name === undefined
    ? undefined
    : `${unquoteIdentifier(schema)}.${unquoteIdentifier(name)}`;
}
