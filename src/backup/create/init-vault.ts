/** Marks a place as a vault, unless it is inside another one. */
import type { Clock } from '../../core/clock.js';
import { HoldfastError } from '../../core/errors.js';
import {
  markVault,
  readVaultMarker,
  requireNewPlace,
  type MarkedVault,
  type VaultMarker,
} from '../../vault/formats/vault-marker.js';
import { parseKey } from '../../vault/keys.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { tool } from '../../core/tool.js';

/** How many keys are examined to see what a place is. */
const LOOKED_AT = 100;

export interface InitOptions {
  /** The places that contain this one: the directories or prefixes above it. */
  readonly above: readonly ObjectStore[];
  /** The URL of a vault in this place, if there is one. @default nobody looks */
  readonly below?: () => Promise<string | undefined>;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws HoldfastError VAULT_NESTED, VAULT_UNWRITABLE, VAULT_UNREADABLE, VAULT_MARKER_INVALID; the signal's error
 */
export async function initVault(store: ObjectStore, options: InitOptions): Promise<MarkedVault> {
  const { clock, signal } = options;
  await requireVaultPlace(store, options);
  return markVault(store, { clock, tool, signal });
}

/**
 * Whether a place that nobody has looked at can become a vault: one that does not exist yet or holds nothing.
 *
 * @returns the marker of one that is a vault already
 * @throws HoldfastError VAULT_UNMARKED, and as {@link initVault}
 */
export async function requireNewVaultPlace(
  store: ObjectStore,
  options: Omit<InitOptions, 'clock'>,
): Promise<VaultMarker | undefined> {
  const present = await requireNewPlace(store, options.signal);
  await requireVaultPlace(store, options);
  return present;
}

/** Neither inside of another vault nor around one; what is a vault already may have one in it. */
async function requireVaultPlace(
  store: ObjectStore,
  { above, below, signal }: Omit<InitOptions, 'clock'>,
): Promise<void> {
  for (const outer of above) {
    if (!(await isVault(outer, signal))) continue;
    throw new HoldfastError('VAULT_NESTED', `${store.url} is inside another vault, ${outer.url}.`);
  }
  await refuseFolderOfVault(store, signal);
  if (await readVaultMarker(store, signal)) return;
  const inner = await below?.();
  if (inner === undefined) return;
  throw new HoldfastError('VAULT_NESTED', `${store.url} is around another vault, ${inner}.`, {
    hint: 'Give that vault as --vault, or create a new one beside it.',
  });
}

/** A damaged or newer marker counts as one. A place that we may not look into tells nothing. */
async function isVault(store: ObjectStore, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return (await readVaultMarker(store, signal)) !== undefined;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code === 'INTERRUPTED') throw error;
    return error.code === 'VAULT_MARKER_INVALID';
  }
}

/** The folder `layer2` of a vault that has no marker yet. */
async function refuseFolderOfVault(store: ObjectStore, signal: AbortSignal | undefined): Promise<void> {
  let looked = 0;
  try {
    for await (const { key } of store.list('', signal)) {
      if (parseKey(key)?.prefix === '') {
        throw new HoldfastError('VAULT_NESTED', `${store.url} is a folder of a vault: it holds ${key}.`, {
          hint: 'Give the folder above it, in which the backups are layer2/<db>/….',
        });
      }
      if (++looked === LOOKED_AT) return;
    }
  } catch (error) {
    // It does not exist yet or cannot be listed: writing the marker shows whether it can be written to.
    if (!(error instanceof HoldfastError) || error.code !== 'VAULT_UNREADABLE') throw error;
  }
}
