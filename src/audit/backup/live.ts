/**
 * Schedules of the account, and what the vault holds for each database. The vault is read as `holdfast status` reads
 * it.
 */
import { GetScheduleCommand, ListSchedulesCommand, type ScheduleSummary } from '@aws-sdk/client-scheduler';
import { HoldfastError } from '../../core/errors.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { known, mapReading, type Reading, unknown } from '../model/reading.js';
import { type BackupFact, scheduledTarget, type ScheduleFact } from './facts.js';

/** What `holdfast status` says of a database. */
export interface BackupHistory {
  readonly database: string;
  /** Whether the config has it. */
  readonly configured: boolean;
  /** The newest whose manifest can be read. */
  readonly lastBackup: { readonly key: string; readonly takenAt: Date } | undefined;
  readonly lastProof: { readonly verdict: string; readonly verifiedAt: Date } | undefined;
  /** What has dropped from one backup to the next: sentences. */
  readonly drops: readonly string[];
  /** What is stored in the vault that no honest run leaves there. */
  readonly anomalies?: readonly { readonly message: string }[];
  /** What could not be read: sentences. */
  readonly unreadable: readonly string[];
  /** Milliseconds; absent where none is set. */
  readonly objectives: { readonly backupAgeMs?: number | undefined; readonly proofAgeMs?: number | undefined };
}

/** Dumps that are asked for at once. */
const AT_ONCE = 8;

/**
 * @param vault where they are stored: asked how it has encrypted the newest dumps, whatever their manifests say about
 * that
 */
export function backupFacts(
  histories: readonly BackupHistory[],
  vault: Pick<ObjectStore, 'url' | 'head'>,
): Promise<readonly BackupFact[]> {
  return mapBounded(histories, AT_ONCE, async (history) => {
    const { database, configured, lastBackup, lastProof, drops, objectives } = history;
    const [why] = history.unreadable;
    // What could not be read may be newer than what could.
    const reading = <T>(value: T): Reading<T> => (why === undefined ? known(value) : unknown(why));
    const newest = reading(lastBackup && { key: lastBackup.key, takenAt: lastBackup.takenAt });
    return {
      id: `${vault.url}#${database}`,
      name: database,
      tags: known({}),
      optOuts: [],
      configured,
      newest,
      encryption: 'value' in newest ? await encryptionOf(newest.value?.key, vault) : newest,
      newestProof: reading(lastProof && { verifiedAt: lastProof.verifiedAt, verdict: lastProof.verdict }),
      volumeWarnings: reading(drops),
      // What is seen is there, whatever else cannot be read.
      ...(history.anomalies && { anomalies: known(history.anomalies.map(({ message }) => message)) }),
      backupObjectiveMs: objectives.backupAgeMs,
      proofObjectiveMs: objectives.proofAgeMs,
    };
  });
}

async function encryptionOf(
  key: string | undefined,
  vault: Pick<ObjectStore, 'url' | 'head'>,
): Promise<BackupFact['encryption']> {
  if (key === undefined || !vault.url.startsWith('s3:')) return known(undefined);
  try {
    const found = await vault.head(key);
    if (!found?.encryption) return unknown(`${vault.url} does not say how ${key} is encrypted.`);
    const { kmsKeyArn } = found.encryption;
    return known(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn });
  } catch (error) {
    if (error instanceof HoldfastError && error.code !== 'INTERRUPTED') return unknown(error.message);
    throw error;
  }
}

export async function readSchedules(aws: AwsReader): Promise<Reading<readonly ScheduleFact[]>> {
  const schedules = await aws.list({
    action: 'scheduler:ListSchedules',
    subject: { kind: 'schedules', attributes: ['enabled'] },
    page: (NextToken) => new ListSchedulesCommand({ NextToken }),
    send: (command, options) => aws.clients.scheduler.send(command, options),
    next: ({ NextToken }) => NextToken,
    items: ({ Schedules }) => Schedules,
  });
  if ('unknown' in schedules) return schedules;
  // All of them, whatever is declared: which project one starts is known only when it is read.
  return known(await mapBounded(schedules.value, aws.resourcesAtOnce, (schedule) => readSchedule(aws, schedule)));
}

async function readSchedule(aws: AwsReader, summary: ScheduleSummary): Promise<ScheduleFact> {
  const { Name = '', GroupName, Arn = '', State } = summary;
  const schedule = await aws.read(
    {
      action: 'scheduler:GetSchedule',
      subject: { kind: 'schedules', resource: Arn, attributes: ['expression', 'targetArn'] },
      command: new GetScheduleCommand({ Name, GroupName }),
      send: (command, options) => aws.clients.scheduler.send(command, options),
    },
    (output) => output,
  );
  return {
    id: Arn,
    name: Name,
    // Groups have tags; schedules have none.
    tags: known({}),
    optOuts: [],
    enabled: known(State !== 'DISABLED'),
    expression: mapReading(schedule, ({ ScheduleExpression = '' }) => ScheduleExpression),
    targetArn: mapReading(schedule, ({ Target }) => scheduledTarget(Target?.Arn ?? '', Target?.Input)),
  };
}
