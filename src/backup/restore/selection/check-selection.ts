/** Compares what a selective restore has made with what was chosen, and with nothing else that the target holds. */
import { availableParallelism } from 'node:os';
import type { Entry } from '../../../dump/entry.js';
import { quoteIdentifier } from '../../../postgres/identifiers.js';
import type { BackupContext } from '../../context.js';
import { compareEntries, type CompareOptions, type Comparison } from '../../verify/compare-entries.js';
import type { CompareRequest } from '../../verify/compare-with-copy.js';
import { fingerprintCopy } from '../../verify/fingerprint-copy.js';

/** More connections than this only wait for each other. */
const MOST_JOBS = 4;

/**
 * @param request with the entries that the choice should yield
 * @throws HoldfastError as of {@link fingerprintCopy}
 */
export async function checkSelection(
  { stored, expected, access, programs }: CompareRequest,
  context: BackupContext,
  options: CompareOptions & { readonly all: boolean },
): Promise<Comparison> {
  const { manifest } = stored;
  const own = [...new Set(expected.flatMap(({ schema, type, name }) => schema ?? (type === 'SCHEMA' ? name : [])))];
  const actual = await fingerprintCopy({
    access,
    programs,
    session: manifest.session,
    encoding: manifest.encoding,
    expected,
    // In quotes, a name is no pattern.
    schemas: options.all ? manifest.selection.schemas : own.map(quoteIdentifier),
    jobs: Math.min(MOST_JOBS, availableParallelism()),
    onProgress: (bytes) => context.onProgress?.({ phase: 'fingerprint', database: manifest.database, bytes }),
    signal: context.signal,
  });
  const wanted = new Set(expected.map(identity));
  return compareEntries(
    expected,
    actual.filter((entry) => wanted.has(identity(entry))),
    options,
  );
}

function identity(entry: Entry): string {
  if (entry.kind === 'table-data') return `${entry.type}\0${entry.table.schema}\0${entry.table.name}`;
  return `${entry.type}\0${entry.schema ?? ''}\0${entry.name}`;
}
