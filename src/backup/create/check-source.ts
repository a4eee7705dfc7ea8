/** Whether a database is the one that its name in the vault stands for, where the vault may be read. */
import { abortError } from '../../core/cancellation.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { listBackups } from '../../vault/catalog.js';
import type { BackupContext } from '../context.js';
import { describeSource, differs, readSources, type SourceIdentity } from '../stored/sources.js';

/** How long the dump may wait for it, in milliseconds. */
const LIMIT_MS = 60_000;

export interface CheckedSource {
  /** Sentences for the manifest. */
  readonly warnings: readonly string[];
  /** Why the vault could not be read, where it could not: nobody needs to try again. */
  readonly unread?: string | undefined;
}

/**
 * A source that moved to another cluster is normal, and its backup is stored with a warning; `status` asks for somebody's
 * word. Another database is not: a name in the vault stands for one.
 *
 * The identity of a backup mostly may not read the vault; then nothing is said here, and `status` finds out.
 *
 * @throws HoldfastError SOURCE_DIFFERS; the signal's error
 */
export async function checkSource(
  name: string,
  source: SourceIdentity,
  context: Pick<BackupContext, 'store' | 'signal' | 'logger' | 'clock'>,
): Promise<CheckedSource> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const signal = context.signal ? AbortSignal.any([context.signal, limit]) : limit;
  try {
    return await check(name, source, { ...context, signal });
  } catch (error) {
    if (context.signal?.aborted) throw abortError(context.signal);
    if (error instanceof HoldfastError && error.code === 'SOURCE_DIFFERS') throw error;
    const reason = limit.aborted ? `Reading the vault took longer than ${LIMIT_MS / 1000} s.` : messageOf(error);
    context.logger.debug(`${name} was not compared with its earlier sources: ${reason}`);
    const denied = !limit.aborted && error instanceof HoldfastError && error.code === 'VAULT_UNREADABLE';
    return { warnings: [], unread: denied ? reason : undefined };
  }
}

async function check(
  name: string,
  source: SourceIdentity,
  { store, clock, signal }: Pick<BackupContext, 'store' | 'clock'> & { readonly signal: AbortSignal },
): Promise<CheckedSource> {
  const backups = await listBackups(store, name, { signal });
  const { counting, listed } = await readSources(store, name, backups, { now: clock.now(), signal });
  if (!counting || !differs(source, counting)) return { warnings: [] };
  const found = `${describeSource(source)}, and the backups of ${name} in the vault are to be of ${describeSource(counting)}`;
  // Where acceptances cannot be listed, one of them may say otherwise.
  if (source.dbName !== counting.dbName && listed) {
    throw new HoldfastError('SOURCE_DIFFERS', `Nothing was stored: this is ${found}.`, {
      hint: `Give this database another name in the vault (--name, or name in the config). Where ${name} has moved here, say so first: \`holdfast accept ${name} --db-name ${shellWord(source.dbName)}\`.`,
    });
  }
  return {
    warnings: [
      `It is of another source: of ${found}. Proofs of earlier backups do not count for it. Where the database has moved here, say so: \`holdfast accept ${name}\`.`,
    ],
  };
}

/** As a shell takes it for one word: the name is the server's choice. */
function shellWord(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
