/** What the tests on several majors have shown, for the table in the documentation (scripts/versions/matrix.mjs). */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Cell {
  /** Versions of the source, of pg_dump, and of the server that the backup was restored into: `15.18`. */
  readonly source: string;
  readonly client: string;
  readonly drill: string;
  readonly database: string;
  readonly verdict: string;
  /** Names of the documented exceptions that were met. */
  readonly exceptions: readonly string[];
}

/** Nothing is kept where nobody asked for the table. */
export function recordCell(cell: Cell): void {
  const directory = process.env.HOLDFAST_TEST_CELLS;
  if (directory) writeFileSync(join(directory, `${randomUUID()}.json`), JSON.stringify(cell));
}
