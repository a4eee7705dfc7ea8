/** The entries that a selective restore should yield, for the comparison with the target. */
import { DumpReader } from '../../../dump/dump-reader.js';
import type { EntryHeader } from '../../../dump/entry-header.js';
import type { Entry } from '../../../dump/entry.js';
import { IDENTIFIER } from '../../../syntax/sql/identifiers.js';
import { settingName } from './is-setting.js';
import type { SelectionPlan } from './plan-selection.js';
import { STAYS } from './rename.js';

/** The rule that makes a table a view. */
const RETURN_RULE = ' _RETURN';
const ALTERED_SCHEMA = new RegExp(`^ALTER SCHEMA (${IDENTIFIER}) `);
const CLOSING = '--\n-- PostgreSQL database dump complete\n--\n\n';

/**
 * Takes the statements of a restore as they are written and gives them fingerprints of their own: those of the backup
 * are valid only for its own schemas.
 */
export class ExpectedSelection {
  readonly #plan: SelectionPlan;
  readonly #rewritten: Entry[] = [];
  readonly #reader = new DumpReader({ entry: (entry) => this.#rewritten.push(entry) });
  #ordinal = 0;

  /** @param encoding of the dump */
  constructor(plan: SelectionPlan, encoding: string) {
    this.#plan = plan;
    this.#reader.write(Buffer.from(`SET client_encoding = '${encoding}';\n`));
  }

  add(ordinal: number, header: EntryHeader, text: Buffer): void {
    const altered = header.type === 'SCHEMA' ? ALTERED_SCHEMA.exec(text.toString('latin1'))?.[1] : undefined;
    const stays = this.#plan.renamer === STAYS;
    if ((stays && (altered === undefined || ordinal === this.#ordinal)) || isState(header.type)) return;
    if (ordinal !== this.#ordinal) {
      this.#reader.write(Buffer.from(`\n${headerLine(this.#plan.renamer.header(header))}\n`));
      // The restore has made the schema beforehand; and the dump of a part says so even of `public`.
      if (altered !== undefined) this.#reader.write(Buffer.from(`CREATE SCHEMA ${altered};\n`, 'latin1'));
    }
    this.#ordinal = ordinal;
    this.#reader.write(Buffer.concat([text, Buffer.from('\n')]));
  }

  /** A setting between two entries: the access method is part of a table's fingerprint. */
  addSetting(text: Buffer): void {
    if (this.#plan.renamer !== STAYS && settingName(text) === 'default_table_access_method') {
      this.#reader.write(Buffer.concat([text, Buffer.from('\n')]));
    }
  }

  /**
   * The entries to compare with. Views that the dump creates in two steps, because they need what comes after them, are
   * left out: next to other objects, pg_dump would write them in one step.
   */
  finish(): Entry[] {
    const expected = this.#finish();
    const inTwoSteps = new Set(
      expected.flatMap(({ type, schema, name }) =>
        type === 'RULE' && name.endsWith(RETURN_RULE)
          ? [`${schema}\0${name}`, `${schema}\0${name.slice(0, -RETURN_RULE.length)}`]
          : [],
      ),
    );
    return expected.filter(
      ({ type, schema, name }) => !((type === 'VIEW' || type === 'RULE') && inTwoSteps.has(`${schema}\0${name}`)),
    );
  }

  #finish(): Entry[] {
    const { entries, renamer, copyInto } = this.#plan;
    this.#reader.write(Buffer.from(CLOSING));
    this.#reader.end();
    if (renamer === STAYS) {
      const [ofPublic] = this.#rewritten;
      return entries
        .filter(({ header, isOfInitialPublic }) => !(header.type === 'COMMENT' && isOfInitialPublic))
        .map(({ ordinal, entry }) =>
          ofPublic && entry.type === 'SCHEMA' && entry.name === ofPublic.name
            ? ofPublic
            : retarget(entry, copyInto.get(ordinal)),
        );
    }
    const states = entries.filter(({ header }) => isState(header.type));
    // Their names come from the plan: those in the header lines above were not in the dump's encoding.
    const definitions = entries.filter(({ header }) => !isState(header.type));
    return [
      ...this.#rewritten.map((entry, index): Entry => {
        const { schema, name } = renamer.header(definitions[index]?.header ?? headerOf(entry));
        return { ...entry, schema, name };
      }),
      ...states.map(({ ordinal, header, entry }): Entry => {
        const { schema } = renamer.header(header);
        const moved = retarget(entry, copyInto.get(ordinal));
        if (moved.kind !== 'table-data') return { ...moved, schema };
        return { ...moved, schema, table: renamer.name(moved.table) };
      }),
    ];
  }
}

function headerOf({ type, schema, name, owner }: Entry): EntryHeader {
  return { data: false, type, schema, name, owner, tablespace: null };
}

function retarget(entry: Entry, table: { readonly schema: string; readonly name: string } | undefined): Entry {
  return entry.kind === 'table-data' && table ? { ...entry, table } : entry;
}

function isState(type: string): boolean {
  return type === 'TABLE DATA' || type === 'SEQUENCE SET' || type === 'MATERIALIZED VIEW DATA';
}

function headerLine({ name, type, schema, owner, tablespace }: EntryHeader): string {
  const end = tablespace === null ? '' : `; Tablespace: ${tablespace}`;
  return `-- Name: ${name}; Type: ${type}; Schema: ${schema ?? '-'}; Owner: ${owner ?? ''}${end}`;
}
