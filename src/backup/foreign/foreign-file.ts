/** A dump that others made, as it comes: a file, a folder of pg_dump's, a stream, or an object of a vault. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';

const READ_BYTES = 1 << 20;

export interface ForeignFile {
  /** Without its folders, for messages and the manifest. */
  readonly name: string;
  /** Present for a folder of pg_dump's, which has no bytes of its own. */
  readonly folder?: string;
  /** Where it can be read again from its beginning. */
  readonly path?: string;
  /** Bytes, where they are known beforehand. */
  readonly size?: number;
  /** When it was last changed. */
  readonly changedAt?: Date;
  /** Its bytes, once. */
  read(): AsyncIterable<Uint8Array>;
}

/**
 * The file or folder at a path.
 *
 * @throws HoldfastError USAGE where there is none
 */
export async function openForeignFile(path: string): Promise<ForeignFile> {
  const found = await stat(path).catch((error: unknown) => {
    throw new HoldfastError('USAGE', `Reading ${quoted(path)} failed: ${messageOf(error)}.`, {
      hint: 'Give the path of a dump, or - for standard input.',
    });
  });
  const common = { name: basename(path), changedAt: found.mtime };
  if (found.isDirectory()) return { ...common, folder: path, read: () => nothing() };
  const read = () => createReadStream(path, { highWaterMark: READ_BYTES });
  return found.isFile() ? { ...common, path, size: found.size, read } : { ...common, read };
}

/** What comes from a stream, as standard input. */
export function foreignStream(name: string, stream: AsyncIterable<Uint8Array>): ForeignFile {
  return { name, read: () => stream };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
