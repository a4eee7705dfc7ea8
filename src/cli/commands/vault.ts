/** `holdfast vault init`: makes a place known as a vault. */
import type { Command } from 'commander';
import { HoldfastError } from '../../core/errors.js';
import { throwIfAborted } from '../../core/cancellation.js';
import { listBackups } from '../../vault/catalog.js';
import type { ObjectStore } from '../../vault/object-store.js';
import type { CommandResult } from '../command-result.js';
import { EXIT_DONE } from '../exit-code.js';
import { initSessionVault } from '../inputs/open-context.js';
import type { RunCommand } from '../run-command.js';
import type { Session } from '../session.js';
import { formatPlural } from '../text/format.js';
import { printable } from '../text/printable.js';

export function addVaultCommand(program: Command, run: RunCommand): void {
  program
    .command('vault')
    .summary('make a place known as a vault: vault init')
    .description('What belongs to a vault as a whole, and to no backup in it.')
    .command('init')
    .summary('make a place known as a vault')
    .description(
      'Writes the marker of a vault, holdfast/vault.json. A directory takes backups only with one, so a path that was mistyped, or is not mounted, is refused. A vault that has backups already gets its marker the same way; nothing else in it is touched.',
    )
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) => run(self, init));
}

const HELP = `
A marker that is there stays, and the command says so. Before you mark a place that holds backups, look whether it is
the disk that you mean: a mount point that took backups while nothing was mounted looks the same.

Examples:
  holdfast vault init --vault file:///srv/vault
  holdfast vault init --config holdfast.yaml --json

Exit status: 0 the place is a vault · 1 the marker cannot be written or read · 2 wrong usage or config, or a place inside
  of another vault
`;

async function init(session: Session): Promise<CommandResult> {
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
