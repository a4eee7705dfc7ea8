/** `holdfast list`: what is in the vault. */
import type { Command } from 'commander';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { listBackups, type Backup } from '../../vault/catalog.js';
import { readManifest } from '../../vault/formats/manifest.js';
import { mistypedDatabase } from '../../vault/resolve-backup.js';
import { readLatestProof } from '../../vault/latest-proof.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { requireParts } from '../../vault/require-parts.js';
import type { CommandResult } from '../command-result.js';
import { EXIT_DONE, EXIT_INCOMPLETE } from '../exit-code.js';
import { openSessionVault } from '../inputs/open-context.js';
import type { ListedBackup } from '../json/documents.js';
import type { RunCommand } from '../run-command.js';
import type { Session } from '../session.js';
import { formatAge, formatBytes, formatCount, formatMoment } from '../text/format.js';
import type { Style } from '../text/style.js';
import { formatTable, type Cell } from '../text/table.js';
import { printable } from '../text/printable.js';
import { paintVerdict } from './verdicts.js';

/** Manifests that are read at once. */
const READERS = 8;

export function addListCommand(program: Command, run: RunCommand): void {
  program
    .command('list')
    .argument('[db]', 'only the backups of this database')
    .summary('show what is in the vault')
    .description('Lists the backups in the vault, newest first, with what was proven of each. Times are UTC.')
    .addHelpText('after', HELP)
    .action((database: string | undefined, _options: unknown, self: Command) =>
      run(self, (session) => list(session, database)),
    );
}

const HELP = `
A dump without a manifest is shown as incomplete: its run is under way, or was interrupted.

Examples:
  holdfast list --vault file:///srv/vault
  holdfast list orders --json

Exit status: 0 listed · 1 the vault cannot be read · 2 wrong usage or config, no such database ·
  4 a manifest or proof cannot be read, or a part is gone
`;

async function list(session: Session, database: string | undefined): Promise<CommandResult> {
  const store = await openSessionVault(session);
  const backups = await readListed(store, database, session.signal);
  if (backups.length === 0 && database !== undefined) await refuseMistyped(session, store, database);
  const now = session.clock.now();
  return {
    document: { vault: store.url, backups },
    format: (style) => {
      if (backups.length > 0) return formatListed(backups, now, style);
      return `The vault ${store.url} holds no backup${database === undefined ? '' : ` of ${printable(database)}`}.`;
    },
    exitCode: backups.some(({ state }) => state === 'unreadable') ? EXIT_INCOMPLETE : EXIT_DONE,
  };
}

/** A database of the config may have no backup yet; any other name that the vault does not know is a typing error. */
async function refuseMistyped({ config, signal }: Session, store: ObjectStore, database: string): Promise<void> {
  const configured = (await config.optional())?.databases.some(({ name }) => name === database) ?? false;
  const error = configured ? undefined : await mistypedDatabase(store, database, { signal });
  if (error) throw error;
}

/** The backups of a vault, with what their manifests and newest proofs say; newest first. */
export async function readListed(
  store: ObjectStore,
  database: string | undefined,
  signal: AbortSignal,
): Promise<ListedBackup[]> {
  const backups = await listBackups(store, database, { signal });
  const listed: ListedBackup[] = [];
  let next = 0;
  const reader = async () => {
    while (next < backups.length) {
      throwIfAborted(signal);
      const index = next++;
      listed[index] = await describe(store, backups[index] as Backup, signal);
    }
  };
  await Promise.all(Array.from({ length: Math.min(READERS, backups.length) }, reader));
  return listed;
}

async function describe(store: ObjectStore, backup: Backup, signal: AbortSignal): Promise<ListedBackup> {
  const base = { database: backup.database, key: backup.key ?? null, takenAt: backup.takenAt.toISOString() };
  const unknown = { rawBytes: null, storedBytes: null, rows: null, proof: null };
  if (backup.state === 'incomplete') return { ...base, ...unknown, state: 'incomplete' };
  try {
    const { manifest, sha256 } = await readManifest(store, backup.manifestKey, signal);
    requireParts(backup, manifest);
    const latest = await readLatestProof(store, backup, { manifestSha256: sha256, signal });
    return {
      ...base,
      rawBytes: manifest.totals.rawBytes,
      storedBytes: manifest.parts.reduce((sum, part) => sum + part.storedBytes, 0),
      rows: manifest.totals.rows,
      state: 'complete',
      proof: latest ? { key: latest.key, verdict: latest.proof.verdict, verifiedAt: latest.proof.verifiedAt } : null,
    };
  } catch (error) {
    throwIfAborted(signal);
    // One that is damaged, or was removed meanwhile, does not hide the others.
    if (!(error instanceof HoldfastError)) throw error;
    return { ...base, ...unknown, state: 'unreadable', problem: error.message };
  }
}

export function formatListed(backups: readonly ListedBackup[], now: Date, style: Style): string {
  const right = 'right' as const;
  const columns = [
    { title: 'database' },
    { title: 'taken at (UTC)', flexible: true },
    { title: 'age', align: right },
    { title: 'rows', align: right },
    { title: 'raw', align: right },
    { title: 'stored', align: right },
    { title: 'state' },
    { title: 'proof', flexible: true },
  ];
  const { colors } = style;
  const states = { complete: (text: string) => text, incomplete: colors.yellow, unreadable: colors.red };
  const rows = backups.map((backup): Cell[] => {
    const takenAt = new Date(backup.takenAt);
    return [
      backup.database,
      formatMoment(takenAt),
      formatAge(now.getTime() - takenAt.getTime()),
      backup.rows === null ? '' : formatCount(backup.rows),
      backup.rawBytes === null ? '' : formatBytes(backup.rawBytes),
      backup.storedBytes === null ? '' : formatBytes(backup.storedBytes),
      { text: backup.state, paint: states[backup.state] },
      backup.proof === null ? '' : proofCell(backup.proof, now, style),
    ];
  });
  const problems = backups.flatMap(({ problem }) => (problem === undefined ? [] : [printable(problem)]));
  return [formatTable(columns, rows, style), ...problems].join('\n');
}

function proofCell(proof: NonNullable<ListedBackup['proof']>, now: Date, style: Style): Cell {
  const age = formatAge(now.getTime() - new Date(proof.verifiedAt).getTime());
  return { text: `${proof.verdict}, ${age} ago`, paint: paintVerdict(proof.verdict, style) };
}
