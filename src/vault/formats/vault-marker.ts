/**
 * The marker of a vault: the object that says that this is a vault, and which one. A mistyped path, or a mount point
 * with nothing mounted, is an empty directory like any other: without a marker it would accept backups that nobody ever
 * finds again.
 *
 * It is outside the layout of backups, where the bucket policy lets no writer put anything.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../../core/clock.js';
import type { DeepReadonly } from '../../core/deep-readonly.js';
import { HoldfastError, systemCodeOf } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { vaultPrefix } from '../keys.js';
import type { ObjectStore, PutOptions } from '../object-store.js';
import { documentFormat, formatDocument, parseSealed, readDocumentBytes, writeDocumentBytes } from './document.js';
import { moment, tool } from './fields.js';

export const VAULT_MARKER_KEY = 'holdfast/vault.json';

export const vaultMarkerSchema = z
  .object({
    format: z.literal('holdfast.vault'),
    version: z.literal(1),
    id: z.uuid().describe('Random: two vaults never share one, and a copy of a vault has that of its original.'),
    createdAt: moment().describe('When the marker was written; an older vault may hold older backups.'),
    tool: tool(),
  })
  .meta({ title: 'Marker of a Holdfast vault' });

export type VaultMarker = DeepReadonly<z.infer<typeof vaultMarkerSchema>>;

export const vaultMarkerFormat = documentFormat('holdfast.vault', 1, 'marker of the vault', vaultMarkerSchema);

/** The bytes of a marker; INTERNAL when it does not conform to the format. */
export function formatVaultMarker(marker: VaultMarker): Buffer {
  return formatDocument(vaultMarkerFormat, marker);
}

/**
 * The marker of a vault; `undefined` where there is none. Links to it are not followed: they lead to the marker of
 * another vault, which then would vouch for both.
 *
 * @throws HoldfastError VAULT_MARKER_INVALID for one that is damaged or was written by a newer Holdfast;
 *   VAULT_UNREADABLE; the signal's error
 */
export async function readVaultMarker(store: ObjectStore, signal?: AbortSignal): Promise<VaultMarker | undefined> {
  try {
    const { bytes } = await readDocumentBytes(store, VAULT_MARKER_KEY, signal, { refuseLinks: true });
    return parseSealed(vaultMarkerFormat, VAULT_MARKER_KEY, bytes);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.code === 'OBJECT_MISSING') return undefined;
    if (error.code !== 'MANIFEST_INVALID') throw error;
    throw new HoldfastError('VAULT_MARKER_INVALID', `${error.message.replace(/\.$/, '')}, in ${store.url}.`, {
      cause: error,
    });
  }
}

export interface MarkedVault {
  readonly marker: VaultMarker;
  /** False if it already had one, which stays as it is. */
  readonly created: boolean;
}

/**
 * Marks a place as a vault. If several callers do so at once, one writes the marker and all return that one.
 *
 * @throws HoldfastError VAULT_UNWRITABLE, and as {@link readVaultMarker}; the signal's error
 */
export async function markVault(
  store: ObjectStore,
  { clock, tool, ...options }: { readonly clock: Clock; readonly tool: VaultMarker['tool'] } & PutOptions,
): Promise<MarkedVault> {
  const present = await readVaultMarker(store, options.signal);
  if (present) return { marker: present, created: false };
  const createdAt = clock.now().toISOString();
  const marker = { format: 'holdfast.vault', version: 1, id: randomUUID(), createdAt, tool } as const;
  try {
    await writeDocumentBytes(store, VAULT_MARKER_KEY, formatVaultMarker(marker), options);
    return { marker, created: true };
  } catch (error) {
    const taken = error instanceof HoldfastError && error.code === 'OBJECT_EXISTS';
    const other = taken ? await readVaultMarker(store, options.signal) : undefined;
    if (other) return { marker: other, created: false };
    throw error;
  }
}

/**
 * The marker of a vault that needs one before it takes a backup; `undefined` for stores that need none.
 *
 * @throws HoldfastError VAULT_UNMARKED with what to run, and as {@link readVaultMarker}
 */
export async function requireVaultMarker(store: ObjectStore, signal?: AbortSignal): Promise<VaultMarker | undefined> {
  if (store.needsMarker !== true) return undefined;
  const marker = await readVaultMarker(store, signal);
  if (marker) return marker;
  const { fault, hint } = await describeUnmarked(store, signal);
  throw new HoldfastError('VAULT_UNMARKED', `Nothing was stored: ${fault}.`, { hint });
}

/**
 * For a vault that is made without anybody having looked at the place: only what does not exist yet or holds nothing
 * becomes one. A mount point that took backups while nothing was mounted holds some, and a mistyped path may hold
 * anything.
 *
 * @returns the marker of a place that is a vault already
 * @throws HoldfastError VAULT_UNMARKED, and as {@link readVaultMarker}
 */
export async function requireNewPlace(store: ObjectStore, signal?: AbortSignal): Promise<VaultMarker | undefined> {
  const present = await readVaultMarker(store, signal);
  if (present) return present;
  const first = await firstObject(store, signal);
  if (first === undefined) return undefined;
  // Another run may have made the vault since.
  const since = await readVaultMarker(store, signal);
  if (since) return since;
  const { holdsBackups, fault, hint } = await describeUnmarked(store, signal);
  const why = holdsBackups
    ? ''
    : ` Only a directory that is new or empty becomes a vault by the way, and ${first.found ?? first.unread}.`;
  throw new HoldfastError('VAULT_UNMARKED', `Nothing was stored: ${fault}.${why}`, { hint });
}

/** Any object at the place, or why it may hold some; `undefined` where it is empty, or does not exist. */
async function firstObject(
  store: ObjectStore,
  signal: AbortSignal | undefined,
): Promise<{ readonly found?: string; readonly unread?: string } | undefined> {
  try {
    for await (const { key } of store.list('', signal)) return { found: `this one holds ${quoted(key)}` };
    return undefined;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'VAULT_UNREADABLE') throw error;
    if (systemCodeOf(error.cause) === 'ENOENT') return undefined;
    return { unread: `what is in this one is not known (${error.message.replace(/\.$/, '')})` };
  }
}

/** What is at a place without a marker, and what to do about it. */
export async function describeUnmarked(
  store: ObjectStore,
  signal?: AbortSignal,
): Promise<{
  readonly exists: boolean;
  readonly holdsBackups: boolean;
  readonly fault: string;
  readonly hint: string;
}> {
  const init = `holdfast vault init --vault ${store.url}`;
  let first: string | undefined;
  try {
    for await (const { key } of store.list(vaultPrefix(), signal)) {
      first = key;
      break;
    }
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'VAULT_UNREADABLE') throw error;
    return {
      exists: false,
      holdsBackups: false,
      fault: `${store.url} is not a vault (${error.message.replace(/\.$/, '')})`,
      hint: `Check the URL, and whether its disk is mounted. To begin a new vault there: ${init}`,
    };
  }
  if (first === undefined) {
    return {
      exists: true,
      holdsBackups: false,
      fault: `${store.url} is not a vault: it has no marker (${VAULT_MARKER_KEY})`,
      hint: `Check the URL, and whether its disk is mounted. To begin a new vault there: ${init}`,
    };
  }
  return {
    exists: true,
    holdsBackups: true,
    fault: `${store.url} holds backups but no marker (${VAULT_MARKER_KEY}): it is a vault from before markers existed, or a mount point that received backups while nothing was mounted`,
    hint: `Check whether its disk is mounted (findmnt, df). If this is the right place, mark it as a vault once: ${init}`,
  };
}
