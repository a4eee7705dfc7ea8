/** Whether a database is the one that its name in the vault stands for, where the vault may be read. */
import { abortError, anySignal } from '../../core/cancellation.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { MINUTE_MS } from '../../core/times.js';
import { listBackups } from '../../vault/catalog.js';
import type { BackupContext } from '../operation/context.js';
import { describeSource, differs, OTHER_SOURCE, readSources, type SourceIdentity } from '../stored/sources.js';

/** How long the dump may wait for it, in milliseconds. */
const LIMIT_MS = MINUTE_MS;

export interface CheckedSource {
  /** Sentences for the manifest. */
  readonly warnings: readonly string[];
  /** Why the vault could not be read, if it could not: then there is no point in trying again. */
  readonly unread?: string | undefined;
}

/**
 * A source that has moved to another cluster is normal: its backup is stored with a warning, and `status` asks for an
 * acceptance. Another database is not: a name in the vault stands for one database.
 *
 * The identity that takes backups usually may not read the vault; then nothing is reported here, and `status` finds
 * out.
 *
 * @throws HoldfastError SOURCE_DIFFERS; the signal's error
 */
export async function checkSource(
  name: string,
  source: SourceIdentity,
  context: ReadingContext,
): Promise<CheckedSource> {
  const { counting, listed, unread } = await readHeldSource(name, context);
  if (!counting || !differs(source, counting)) return { warnings: [], unread };
  const found = `${describeSource(source)}, but the backups of ${name} in the vault should be of ${describeSource(counting)}`;
  // Where acceptances cannot be listed, one of them may name this source.
  if (source.dbName !== counting.dbName && listed) {
    throw new HoldfastError('SOURCE_DIFFERS', `Nothing was stored: this is ${found}.`, {
      hint: `Give this database another name in the vault (--name, or name in the config). If ${name} has moved here, accept that first: \`holdfast accept ${name} --db-name ${shellWord(source.dbName)} --yes\`.`,
    });
  }
  return {
    warnings: [
      `${OTHER_SOURCE}${found}. Proofs of earlier backups do not count for it. If the database has moved here, accept that: \`holdfast accept ${name}\`.`,
    ],
  };
}

type ReadingContext = Pick<BackupContext, 'store' | 'signal' | 'logger' | 'clock'>;

export interface HeldSource {
  /** Absent where the vault holds no backup under the name, or cannot be read. */
  readonly counting?: SourceIdentity | undefined;
  /** Whether acceptances could be listed. */
  readonly listed: boolean;
  readonly unread?: CheckedSource['unread'];
}

/**
 * The source of the backups that the vault holds under a name, as far as this identity may read it.
 *
 * @throws the signal's error
 */
export async function readHeldSource(name: string, context: ReadingContext): Promise<HeldSource> {
  const { store, clock } = context;
  const limit = AbortSignal.timeout(LIMIT_MS);
  const signal = anySignal(context.signal, limit);
  try {
    const backups = await listBackups(store, name, { signal });
    const { counting, listed } = await readSources(store, name, backups, { now: clock.now(), signal });
    return { counting, listed };
  } catch (error) {
    if (context.signal?.aborted) throw abortError(context.signal);
    const reason = limit.aborted ? `Reading the vault took longer than ${LIMIT_MS / 1000} s.` : messageOf(error);
    context.logger.debug(`${name} was not compared with its earlier sources: ${reason}`);
    const denied = !limit.aborted && error instanceof HoldfastError && error.code === 'VAULT_UNREADABLE';
    return { listed: false, unread: denied ? reason : undefined };
  }
}

/** Quoted so that a shell reads one word: the server chooses the name. */
function shellWord(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
