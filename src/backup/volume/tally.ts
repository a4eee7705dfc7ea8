/** What a dump holds, table by table: enough to see that something has gone missing. */
import type { Entry } from '../../dump/entry.js';

export interface TableVolume {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
}

/** Processes the entries of a dump one after another. */
export class VolumeTally {
  readonly #tables = new Map<string, TableVolume>();
  readonly #partitions = new Set<string>();

  add(entry: Entry): void {
    const { schema, name } = entry;
    if (schema === null) return;
    if (entry.kind === 'table-data') this.#tables.set(keyOf(schema, name), { schema, name, rows: entry.rows });
    else if (entry.type === 'TABLE ATTACH') this.#partitions.add(keyOf(schema, name));
  }

  /** The tables that were dumped with their rows, including empty ones. */
  tables(): IterableIterator<TableVolume> {
    return this.#tables.values();
  }

  /** The same table, if it exists. */
  find({ schema, name }: Pick<TableVolume, 'schema' | 'name'>): TableVolume | undefined {
    return this.#tables.get(keyOf(schema, name));
  }

  /** Partitions come and go by design. */
  isPartition({ schema, name }: Pick<TableVolume, 'schema' | 'name'>): boolean {
    return this.#partitions.has(keyOf(schema, name));
  }
}

function keyOf(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}
