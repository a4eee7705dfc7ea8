/** Whether a backup would hold no rows, for a dry run. */
import { throwIfAborted } from '../../core/cancellation.js';
import { messageOf } from '../../core/errors.js';
import { findRow } from '../../postgres/find-row.js';
import type { BackupContext } from '../operation/context.js';
import { describeEmpty } from '../stored/describe-volume.js';
import type { BackupRequest } from './backup-request.js';

/** @returns the sentence about an empty backup; nothing where a table cannot be looked into right now */
export async function foreseeEmpty(
  request: BackupRequest,
  { signal, logger }: Pick<BackupContext, 'signal' | 'logger'>,
): Promise<string[]> {
  const client = await request.access.connect({ readOnly: true, signal });
  try {
    const { tables, found } = await findRow(client, request);
    const empty = found ? undefined : describeEmpty({ tables, rows: 0 });
    return empty === undefined ? [] : [empty];
  } catch (error) {
    throwIfAborted(signal);
    logger.debug(`${request.name}: whether it holds a row was not found out: ${messageOf(error)}`);
    return [];
  } finally {
    await client.end();
  }
}
