/** Takes a dump that others made into a vault, as a backup. */
import { CLOCK_TOLERANCE_MS } from '../../core/clock.js';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { CompressionRequest } from '../../dump/compression/method.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { ForeignFile } from '../foreign/foreign-file.js';
import { openForeign, type OpenForeign, type OpenForeignOptions } from '../foreign/open-foreign.js';
import { storeForeign } from '../foreign/store-foreign.js';
import type { BackupContext } from '../operation/context.js';

export interface ImportRequest extends Pick<OpenForeignOptions, 'confinement' | 'limits'> {
  /** The database's name in the vault. @default the one that an archive says */
  readonly database?: string | undefined;
  /** When the dump was taken. @default what an archive says, else when the file was last changed */
  readonly takenAt?: Date | undefined;
  /** In which zone it was made. @default the one that its rows show, else UTC */
  readonly timeZone?: string | undefined;
  readonly compression: Pick<CompressionRequest, 'method' | 'level'>;
}

/**
 * @returns the manifest of the backup
 * @throws HoldfastError USAGE where nothing says which database it is; as `openForeign` and `storeForeign`
 */
export async function importDump(
  file: ForeignFile,
  { database, takenAt, timeZone, compression, ...reading }: ImportRequest,
  context: BackupContext,
): Promise<Manifest> {
  const { installed, env, signal } = context;
  const foreign = await openForeign(file, { installed, env, signal, ...reading });
  try {
    const name = database ?? foreign.head?.database;
    if (name === undefined || name === '') {
      throw new HoldfastError('USAGE', `${quoted(file.name)} does not say which database it is of.`, {
        hint: 'Give its name in the vault: --name orders.',
      });
    }
    const place = { origin: 'imported', database: name, timeZone, compression } as const;
    return await storeForeign(foreign, { ...place, ...momentOf(file, foreign, takenAt, context) }, context);
  } finally {
    await foreign.close();
  }
}

/** An archive has its time without a zone: one that would be in the future is not believed. */
function momentOf(
  { changedAt }: ForeignFile,
  { head }: OpenForeign,
  given: Date | undefined,
  { clock }: Pick<BackupContext, 'clock'>,
): { readonly takenAt: Date; readonly takenAtFrom: 'given' | 'archive' | 'file' } {
  const now = clock.now();
  if (given) return { takenAt: given, takenAtFrom: 'given' };
  const createdAt = head?.createdAt === undefined ? undefined : new Date(head.createdAt);
  if (createdAt && createdAt.getTime() <= now.getTime() + CLOCK_TOLERANCE_MS) {
    return { takenAt: createdAt, takenAtFrom: 'archive' };
  }
  return { takenAt: changedAt ?? now, takenAtFrom: 'file' };
}
