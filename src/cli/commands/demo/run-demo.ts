/** The demo: the whole main job on servers of its own, told as it happens. Every number in it is measured. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BackupContext } from '../../../backup/operation/context.js';
import { checkBackup, type CheckResult } from '../../../backup/check/check-backup.js';
import type { BackupResult } from '../../../backup/create/backup-request.js';
import { createBackup } from '../../../backup/create/create-backup.js';
import { readExpectedEntries } from '../../../backup/stored/expected-entries.js';
import { restoreBackup } from '../../../backup/restore/restore-backup.js';
import type { RestoreResult } from '../../../backup/restore/restore-request.js';
import { openBackup } from '../../../backup/stored/stored-backup.js';
import type { Comparison } from '../../../backup/copy/compare-entries.js';
import { compareDatabase } from '../../../backup/copy/compare-database.js';
import { formatBytes, formatCount } from '../../../core/amounts.js';
import { tool } from '../../../core/tool.js';
import { throwawayDrill } from '../../../backup/verify/throwaway-drill.js';
import { verifyBackup, type VerifyResult } from '../../../backup/verify/verify-backup.js';
import { resolveDumpSettings } from '../../../config/sections/dump-settings.js';
import { findPrograms } from '../../../postgres/client-programs.js';
import type { DatabaseAccess } from '../../../postgres/connection.js';
import { markVault } from '../../../vault/formats/vault-marker.js';
import { resolveBackup } from '../../../vault/resolve-backup.js';
import { openVault } from '../../../vault/open-vault.js';
import { formatBackups } from '../backup/action.js';
import { formatChecks } from '../check/action.js';
import { formatListed, readListed } from '../list/action.js';
import { formatRestore } from '../restore/action.js';
import { formatDifferences } from '../../verdicts.js';
import { formatProofs } from '../verify/action.js';
import type { Session } from '../../session.js';
import { startDemoServers, type DemoServers } from './demo-servers.js';
import { flipByte } from './flip-byte.js';
import { programName } from './program-name.js';
import { createNarrator, shellWord, type Narrator } from './narrator.js';
import { CREATE_SHOP, SHOP_ROLES, shopSize, shopSql, TAMPERING } from './shop.js';

export interface DemoOptions {
  /** Rows in the shop. */
  readonly rows: number;
  /** Everything lies in it; the caller removes it. */
  readonly directory: string;
}

/** What was measured. */
export interface DemoResult {
  readonly postgres: string;
  readonly vault: string;
  readonly backup: BackupResult;
  readonly restore: RestoreResult;
  readonly proof: VerifyResult;
  /** The copy after it was changed. */
  readonly tampered: Comparison;
  /** The vault after it was changed. */
  readonly damaged: CheckResult;
}

/** @throws HoldfastError as the steps do. No server is left after it. */
export async function runDemo(session: Session, { rows, directory }: DemoOptions): Promise<DemoResult> {
  // Whatever the user's environment says of servers is not about these.
  const env = Object.fromEntries(Object.entries(session.env).filter(([name]) => !name.startsWith('PG')));
  const vault = pathToFileURL(join(directory, 'vault')).href;
  const { logger, clock, signal, progress } = session;
  const context: BackupContext = {
    store: await openVault(vault),
    installed: await findPrograms({ env }),
    env,
    logger,
    clock,
    onProgress: progress.listener,
    signal,
  };
  const narrator = createNarrator(session.say, session.style, programName(process.argv[1], session.cwd));
  const servers = await working(session, 'starting two PostgreSQL servers', () =>
    startDemoServers({ installed: context.installed, env, directory, logger, signal }),
  );
  try {
    const demo: Demo = { session, narrator, context, servers, vault };
    await fillShop(demo, rows);
    const backup = await backUp(demo);
    await listVault(demo);
    const restore = await restoreCopy(demo);
    const proof = await prove(demo);
    const tampered = await tamper(demo);
    const damaged = await damage(demo, directory);
    return { postgres: servers.programs.version, vault, backup, restore, proof, tampered, damaged };
  } finally {
    await servers.stop();
  }
}

interface Demo {
  readonly session: Session;
  readonly narrator: Narrator;
  readonly context: BackupContext;
  readonly servers: DemoServers;
  /** URL */
  readonly vault: string;
}

async function fillShop({ session, narrator, servers }: Demo, rows: number): Promise<void> {
  const size = shopSize(rows);
  narrator.step('A database to protect');
  narrator.text(`PostgreSQL ${servers.programs.version}, started for this demo: ${servers.shop.describe()}`);
  await working(session, `writing ${formatCount(rows)} rows`, async () => {
    await execute(servers.shop.withDatabase('postgres'), session.signal, SHOP_ROLES, CREATE_SHOP);
    await execute(servers.shop, session.signal, shopSql(size));
  });
  narrator.text(
    `A shop with ${formatCount(size.customers)} customers, ${formatCount(size.orders)} orders with ` +
      `${formatCount(size.orderLines)} lines, and ${formatCount(size.events)} events in four partitions. It has an enum, ` +
      'a domain, an array, JSON, sequences, foreign keys, a view, a materialized view, a trigger, a row security ' +
      'policy, grants, and a large object.',
  );
}

async function backUp({ session, narrator, context, servers, vault }: Demo): Promise<BackupResult> {
  narrator.step('Back it up');
  narrator.command('vault init', `--vault ${vault}`);
  await markVault(context.store, { clock: context.clock, tool, signal: session.signal });
  narrator.command('backup', `--url ${shellWord(urlOf(servers.shop))}`, `--vault ${vault}`);
  const result = await working(session, 'backing up', () =>
    createBackup(
      {
        name: 'shop',
        access: servers.shop,
        ...resolveDumpSettings(),
      },
      context,
    ),
  );
  narrator.output(formatBackups([result], narrator.style));
  narrator.text(
    'Dumped, compressed, hashed and stored in one pass, without a local copy. The manifest was written last: ' +
      'had anything failed, there would be no backup.',
  );
  return result;
}

async function listVault({ session, narrator, context, vault }: Demo): Promise<void> {
  narrator.step('Look into the vault');
  narrator.command('list', `--vault ${vault}`);
  const listed = await readListed(context.store, undefined, { now: context.clock.now(), signal: session.signal });
  narrator.output(formatListed(listed, context.clock.now(), narrator.style));
  narrator.text('Anybody can restore it without Holdfast: gunzip -c the .sql.gz into psql.');
}

async function restoreCopy({ session, narrator, context, servers, vault }: Demo): Promise<RestoreResult> {
  narrator.step('Restore it into a second server');
  const flags = '--create --globals --check';
  narrator.command('restore shop', `--to ${shellWord(urlOf(servers.copy))}`, flags, `--vault ${vault}`);
  const backup = await resolveBackup(context.store, 'shop', { signal: session.signal });
  const request = {
    backup,
    target: servers.copy,
    create: true,
    globals: true,
    owners: true,
    check: true,
    dryRun: false,
  };
  const result = await working(session, 'restoring', () => restoreBackup(request, context));
  narrator.output(formatRestore(result, narrator.style));
  return result;
}

async function prove({ session, narrator, context, vault }: Demo): Promise<VerifyResult> {
  narrator.step('Prove it: the restore drill');
  narrator.command('verify shop', `--vault ${vault}`);
  const backup = await resolveBackup(context.store, 'shop', { signal: session.signal });
  // The shop is our own.
  const result = await working(session, 'verifying', () =>
    verifyBackup(backup, context, { startDrill: throwawayDrill({ confinement: 'preferred' }) }),
  );
  narrator.output(formatProofs([result], [], narrator.style));
  if (result.notStored) throw result.notStored;
  narrator.text(
    'Restored into a throwaway server and compared: every table row by row, every index, policy, grant, sequence. ' +
      'The proof now lies beside the backup.',
  );
  return result;
}

async function tamper({ session, narrator, context, servers }: Demo): Promise<Comparison> {
  narrator.step('Would it notice a copy that is not the same?');
  narrator.text('Two small changes to the restored copy:');
  await execute(servers.copy, session.signal, ...TAMPERING);
  narrator.output(TAMPERING.map((statement) => narrator.style.colors.yellow(`${statement};`)).join('\n'));
  const backup = await resolveBackup(context.store, 'shop', { signal: session.signal });
  const stored = await openBackup(context.store, backup, session.signal);
  const comparison = await working(session, 'comparing', async () => {
    const expected = await readExpectedEntries(stored, context);
    return compareDatabase({ stored, expected, access: servers.copy, programs: servers.programs }, context);
  });
  const found = `${comparison.matched} of ${comparison.entries} entries came back equal.`;
  narrator.text(`Compared with the backup again: ${found} Different:`);
  narrator.output(narrator.style.colors.red(formatDifferences(comparison.differences, narrator.style)));
  return comparison;
}

async function damage({ session, narrator, context, vault }: Demo, directory: string): Promise<CheckResult> {
  narrator.step('Would it notice a damaged backup?');
  const copy = join(directory, 'damaged-vault');
  await cp(new URL(vault), copy, { recursive: true });
  const store = await openVault(pathToFileURL(copy).href);
  const backup = await resolveBackup(store, 'shop', { signal: session.signal });
  const position = await flipByte(join(copy, backup.key));
  const size = backup.objects.find(({ key }) => key === backup.key)?.size ?? 0;
  narrator.text(`A copy of the vault, with one bit flipped in byte ${formatCount(position)} of ${formatBytes(size)}:`);
  narrator.command('check shop', `--vault ${store.url}`);
  const result = await working(session, 'checking', () => checkBackup(backup, { ...context, store }));
  narrator.output(formatChecks([result], [], narrator.style));
  return result;
}

/** Shows on a terminal that something is going on, until it has ended. */
async function working<T>({ progress }: Session, doing: string, work: () => Promise<T>): Promise<T> {
  if (!progress.interactive) return work();
  progress.start(1);
  progress.begin('shop', doing);
  try {
    return await work();
  } finally {
    progress.stop();
  }
}

async function execute(access: DatabaseAccess, signal: AbortSignal, ...statements: readonly string[]): Promise<void> {
  const client = await access.connect({ signal });
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** As libpq takes it: `postgres://user@/database?host=/socket/directory`. */
function urlOf({ target }: DatabaseAccess): string {
  return `postgres://${encodeURIComponent(target.user)}@/${target.database}?host=${target.host}`;
}
