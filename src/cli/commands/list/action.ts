/** The action of `holdfast list`. */
import { judgeBackups, type JudgeOptions } from '../../../backup/stored/judge-backups.js';
import type { JudgedBackup } from '../../../backup/stored/judged-backup.js';
import { acrossSummaries, countGaps } from '../../../backup/stored/beside-verdict.js';
import { describeVerdict } from '../../../backup/stored/describe-volume.js';
import { describeSource } from '../../../backup/stored/sources.js';
import { resolveVolume, type VolumeConfig } from '../../../config/sections/volume.js';
import { formatBytes, formatCount } from '../../../core/amounts.js';
import { CLOCK_TOLERANCE_MS } from '../../../core/clock.js';
import { listBackups, type Backup } from '../../../vault/catalog.js';
import { mistypedDatabase } from '../../../vault/resolve-backup.js';
import type { ObjectStore } from '../../../vault/object-store.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE, EXIT_INCOMPLETE } from '../../exit-code.js';
import { openSessionVault } from '../../inputs/open-context.js';
import { volumeLimits } from '../../inputs/volume-limits.js';
import type { ListedBackup, listDocument } from '../../json/documents.js';
import { toSourceDocument } from '../../json/to-source.js';
import type { Session } from '../../session.js';
import type { Style } from '../../text/style.js';
import { formatTable, type Cell } from '../../text/table.js';
import { printable } from '../../../core/printable.js';
import { formatAge, formatMoment } from '../../../core/times.js';
import { paintVerdict } from '../../verdicts.js';
import type { DocumentOf } from '../../json/document-of.js';

type Document = DocumentOf<typeof listDocument>;

export async function list(session: Session, database: string | undefined): Promise<CommandResult<Document>> {
  const store = await openSessionVault(session);
  const now = session.clock.now();
  const volumeOf = volumeLimits(await session.config.optional());
  const backups = await readListed(store, database, { now, volumeOf, signal: session.signal });
  if (backups.length === 0 && database !== undefined) await refuseMistyped(session, store, database);
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

/** The backups of a vault, with what their manifests and proofs say; newest first. */
export async function readListed(
  store: ObjectStore,
  database: string | undefined,
  options: Pick<JudgeOptions, 'now'> & { readonly volumeOf?: (database: string) => VolumeConfig; signal: AbortSignal },
): Promise<ListedBackup[]> {
  const { now, signal, volumeOf = () => resolveVolume() } = options;
  const backups = await listBackups(store, database, { signal });
  const described = new Map<Backup, ListedBackup>();
  for (const name of new Set(backups.map((backup) => backup.database))) {
    const own = backups.filter((backup) => backup.database === name);
    const judged = await judgeBackups(store, own, { now, limits: volumeOf(name), signal });
    for (const one of judged) described.set(one.backup, toListed(one));
  }
  return backups.flatMap((backup) => described.get(backup) ?? []);
}

function toListed(judged: JudgedBackup): ListedBackup {
  const {
    backup,
    key = null,
    state,
    standing,
    why,
    future,
    empty,
    collapse,
    part,
    anomalies,
    problem,
    proof,
    across,
    source,
  } = judged;
  const manifest = state === 'complete' ? judged.stored?.manifest : undefined;
  return {
    database: backup.database,
    key,
    takenAt: backup.takenAt.toISOString(),
    rawBytes: manifest?.totals.rawBytes ?? null,
    storedBytes: manifest?.parts.reduce((sum, part) => sum + part.storedBytes, 0) ?? null,
    tables: manifest?.totals.tables ?? null,
    rows: manifest?.totals.rows ?? null,
    state: state === 'left-over' ? 'incomplete' : state,
    proof:
      proof && state === 'complete'
        ? {
            key: proof.key,
            verdict: proof.proof.verdict,
            across: proof.proof.across && { serverMajor: proof.proof.across.serverMajor },
            derived: proof.proof.derived,
            notCompared: countGaps(proof.proof.notCompared),
            verifiedAt: proof.proof.verifiedAt,
          }
        : null,
    across: state === 'complete' ? acrossSummaries(across) : [],
    standing,
    why,
    future,
    empty,
    collapsed: collapse?.message ?? null,
    part: part?.message ?? null,
    source: source ? { ...toSourceDocument(source), relation: source.relation } : null,
    anomalies: [...anomalies],
    ...(state === 'unreadable' && problem !== undefined && { problem }),
  };
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
      backup.future ? { text: 'in the future', paint: colors.red } : formatAge(now.getTime() - takenAt.getTime()),
      backup.rows === null ? '' : formatCount(backup.rows),
      backup.rawBytes === null ? '' : formatBytes(backup.rawBytes),
      backup.storedBytes === null ? '' : formatBytes(backup.storedBytes),
      { text: backup.state, paint: states[backup.state] },
      backup.proof === null ? '' : proofCell(backup.proof, backup, now, style),
    ];
  });
  const problems = backups.flatMap(({ problem }) => (problem === undefined ? [] : [printable(problem)]));
  const doubts = backups.flatMap(({ key, collapsed, part, standing, proof, why, anomalies, source }) => [
    ...(source?.relation === 'foreign'
      ? [`${key}: It is of another source, which nobody has accepted: ${nameOfSource(source)}.`]
      : []),
    ...(collapsed === null ? [] : [`${key}: ${collapsed}`]),
    ...(part === null ? [] : [`${key}: ${part}`]),
    ...(standing === 'unverified' && proof === null && anomalies.length > 0 ? [`${key}: ${why}`] : []),
    ...anomalies.map(({ message }) => message),
  ]);
  return [formatTable(columns, rows, style), ...problems, ...doubts.map((text) => colors.yellow(printable(text)))].join(
    '\n',
  );
}

function nameOfSource({ dbName, systemIdentifier }: NonNullable<ListedBackup['source']>): string {
  return describeSource({ dbName, systemIdentifier: systemIdentifier ?? undefined });
}

function proofCell(
  proof: NonNullable<ListedBackup['proof']>,
  { tables, rows, across }: ListedBackup,
  now: Date,
  style: Style,
): Cell {
  const ageMs = now.getTime() - new Date(proof.verifiedAt).getTime();
  // A bad verdict counts also when its time is still to come.
  const when = ageMs < -CLOCK_TOLERANCE_MS ? 'dated in the future' : `${formatAge(ageMs)} ago`;
  const held = tables === null || rows === null ? undefined : { tables, rows };
  const verdict = describeVerdict(proof.verdict, held, { ...proof, elsewhere: across });
  return { text: `${verdict}, ${when}`, paint: paintVerdict(proof.verdict, style) };
}
