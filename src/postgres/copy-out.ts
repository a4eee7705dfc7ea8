/** Reads a table's rows as the server writes them in COPY's text format. */
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { HoldfastError, messageOf } from '../core/errors.js';
import { qualifiedName, quoteIdentifier } from './identifiers.js';

export interface CopySource {
  readonly schema: string;
  readonly name: string;
  /** In the order wanted. Empty: none, one empty line a row, as pg_dump writes a table without columns. */
  readonly columns: readonly string[];
}

/**
 * Runs `COPY … TO STDOUT` and hands over the bytes in pieces that end anywhere.
 *
 * @param onChunk called synchronously; the buffer is valid only during the call
 * @throws HoldfastError QUERY_FAILED with the server's message; whatever `onChunk` throws, after which the client
 *   cannot be used any more
 */
export function copyTableOut(client: pg.Client, source: CopySource, onChunk: (chunk: Buffer) => void): Promise<void> {
  const stream = client.query(copyTo(copyStatement(source)));
  return new Promise((resolve, reject) => {
    stream.on('data', onChunk);
    stream.on('end', resolve);
    stream.on('error', (error) => {
      reject(
        new HoldfastError('QUERY_FAILED', `Reading ${source.schema}.${source.name}: ${messageOf(error)}.`, {
          cause: error,
        }),
      );
    });
  });
}

function copyStatement(source: CopySource): string {
  const columns = source.columns.map(quoteIdentifier).join(', ');
  const table = qualifiedName(source.schema, source.name);
  return `COPY ${table}${columns && ` (${columns})`} TO STDOUT`;
}
