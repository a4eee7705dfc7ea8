/** The action of `holdfast vault`. */
import { formatPlural } from '../../../core/amounts.js';
import { HoldfastError } from '../../../core/errors.js';
import { throwIfAborted } from '../../../core/cancellation.js';
import { listBackups } from '../../../vault/catalog.js';
import type { ObjectStore } from '../../../vault/object-store.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import { initSessionVault } from '../../inputs/open-context.js';
import type { Session } from '../../session.js';
import { printable } from '../../../core/printable.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { vaultInitDocument } from '../../json/documents.js';

type Document = DocumentOf<typeof vaultInitDocument>;

export async function init(session: Session): Promise<CommandResult<Document>> {
  const { store, marker, created } = await initSessionVault(session);
  const held = await contentsOf(store, session.signal);
  return {
    document: { vault: { url: store.url, id: marker.id, createdAt: marker.createdAt, created, ...held } },
    format: () => {
      const what = created ? `${store.url} is a vault now` : `${store.url} is a vault since ${marker.createdAt}`;
      const holds =
        held.backups === null
          ? 'What it holds may not be listed from here.'
          : held.backups === 0
            ? 'It holds no backup yet.'
            : `It holds ${formatPlural(held.backups, 'backup')} of ${printable(held.databases?.join(', ') ?? '')}.`;
      return `${what}: ${marker.id}.\n${holds}`;
    },
    exitCode: EXIT_DONE,
  };
}

interface Contents {
  readonly backups: number | null;
  readonly databases: readonly string[] | null;
}

/** Tells who runs the command whether it is the place that they mean. */
async function contentsOf(store: ObjectStore, signal: AbortSignal): Promise<Contents> {
  try {
    const backups = await listBackups(store, undefined, { signal });
    return { backups: backups.length, databases: [...new Set(backups.map(({ database }) => database))].sort() };
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof HoldfastError && error.code === 'VAULT_UNREADABLE') return { backups: null, databases: null };
    throw error;
  }
}
