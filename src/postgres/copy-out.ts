/** Reads rows as the server writes them in COPY's text format. */
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { HoldfastError, messageOf } from '../core/errors.js';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../syntax/sql/identifiers.js';

export interface CopySource {
  readonly schema: string;
  readonly name: string;
  /** In the wanted order. Empty: no columns, one empty line per row, as pg_dump writes a table without columns. */
  readonly columns: readonly string[];
  /** A partitioned table has no rows of its own: those of its partitions are read through it. @default false */
  readonly partitioned?: boolean;
  /** `WHERE …`: of the tables of an extension, only these rows belong to the user. @default all rows */
  readonly filter?: string | undefined;
  /** The encoding that the rows come in, as PostgreSQL names it. @default the session's */
  readonly encoding?: string;
}

/** Called synchronously with bytes that may end anywhere; the buffer is valid only during the call. */
export type ChunkConsumer = (chunk: Buffer) => void;

/**
 * Runs `COPY schema.name (columns) TO STDOUT`.
 *
 * @returns the number of rows
 * @throws HoldfastError QUERY_FAILED with the server's message. Whatever `onChunk` throws, unchanged: the connection
 *   is then closed, because the rest of the rows would still come.
 */
export function copyTableOut(client: pg.Client, source: CopySource, onChunk: ChunkConsumer): Promise<number> {
  return copyOut(client, copyStatement(source), onChunk);
}

function copyStatement({ schema, name, columns, partitioned = false, filter, encoding }: CopySource): string {
  const table = qualifiedName(schema, name);
  const list = columns.map(quoteIdentifier).join(', ');
  const asQuery = partitioned || filter !== undefined;
  const rows = asQuery ? `(SELECT ${list} FROM ${table} ${filter ?? ''})` : table + (list && ` (${list})`);
  return `COPY ${rows} TO STDOUT${encoding === undefined ? '' : ` (ENCODING ${quoteLiteral(encoding)})`}`;
}

/** As {@link copyTableOut}, for the caller's own statement: `COPY (SELECT …) TO STDOUT`. */
export function copyOut(client: pg.Client, statement: string, onChunk: ChunkConsumer): Promise<number> {
  const stream = client.query(copyTo(statement));
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      try {
        onChunk(chunk);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
        stream.removeAllListeners('data');
        client.end().catch(() => {});
        stream.destroy();
      }
    });
    stream.on('end', () => resolve(stream.rowCount));
    stream.on('error', (error) => {
      reject(new HoldfastError('QUERY_FAILED', `Running ${statement}: ${messageOf(error)}.`, { cause: error }));
    });
  });
}
