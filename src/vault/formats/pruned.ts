/**
 * The mark of a backup that is being removed: written before its manifest is removed, and removed after its last
 * object. Objects without a manifest belong to a run in progress unless this mark says otherwise.
 */
import * as z from 'zod';
import { parseKey, prunedKey } from '../keys.js';
import type { ObjectStore, PutOptions, StoredObject } from '../object-store.js';
import type { DeepReadonly } from '../../core/deep-readonly.js';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { documentFormat, formatDocument, parseSealed, readDocumentBytes, writeDocumentBytes } from './document.js';
import { moment, tool } from './fields.js';

export const prunedSchema = z
  .object({
    format: z.literal('holdfast.pruned'),
    version: z.literal(1),
    database: z.string(),
    key: z.string().describe('The key of the dump.'),
    prunedAt: moment().describe('When its removal began.'),
    tool: tool(),
  })
  .meta({ title: 'Mark of a Holdfast backup that is being removed' });

export type PrunedMark = DeepReadonly<z.infer<typeof prunedSchema>>;

export const prunedFormat = documentFormat('holdfast.pruned', 1, 'mark of removal', prunedSchema);

/** Stores the mark beside the backup. Errors as for `ObjectStore.put`. */
export async function writePrunedMark(
  store: ObjectStore,
  mark: PrunedMark,
  options?: PutOptions,
): Promise<StoredObject> {
  const base = parseKey(mark.key)?.base;
  if (base === undefined) throw new HoldfastError('INTERNAL', `${quoted(mark.key)} is not the key of a dump.`);
  return writeDocumentBytes(store, prunedKey(base), formatDocument(prunedFormat, mark), options);
}

/**
 * Reads the mark beside a backup.
 *
 * @throws HoldfastError MANIFEST_INVALID for one that is damaged, or belongs to another backup; OBJECT_MISSING,
 *   VAULT_UNREADABLE; the signal's error
 */
export async function readPrunedMark(
  store: ObjectStore,
  key: string,
  of: { readonly database: string; readonly baseKey: string },
  signal?: AbortSignal,
): Promise<PrunedMark> {
  const { bytes } = await readDocumentBytes(store, key, signal);
  const mark = parseSealed(prunedFormat, key, bytes);
  if (mark.database === of.database && parseKey(mark.key)?.base === of.baseKey) return mark;
  throw new HoldfastError('MANIFEST_INVALID', `The removal mark ${key} names another backup, ${mark.key}.`);
}
