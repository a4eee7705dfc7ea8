/** Facts from the account itself, read by the SDK with nothing but the actions of `auditReadPolicy`. */
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { HoldfastError } from '../core/errors.js';
import { parseArn } from '../syntax/arn.js';
import { databasesUnread, readAuroraClusters, readDatabases } from './aurora/live.js';
import { readAuroraSnapshots } from './aurora/live-snapshots.js';
import type { BackupFact } from './backup/facts.js';
import { readSchedules } from './backup/live.js';
import type { CodeBuildProjectFact } from './codebuild/facts.js';
import { readCodeBuildProjects } from './codebuild/live.js';
import { readDynamoTables } from './dynamodb/live.js';
import { readRoles } from './iam/live.js';
import { keyReferences } from './kms/key-references.js';
import { readKmsKeys } from './kms/live.js';
import { type AuditClients, type ClientOptions, createClients, destroyClients } from './live/clients.js';
import { AwsReader, type ReaderOptions } from './live/reader.js';
import type { ReadSink } from './live/recorder.js';
import type { RedisSecret } from './live/redis-secret.js';
import type { Declared } from './model/declared.js';
import type { Facts } from './model/facts.js';
import { type Reading, unknown } from './model/reading.js';
import './literals/facts.js';
import { readLogGroups } from './logs/live.js';
import { readNetworks, readNetworkSubnets, readSecurityGroups } from './network/live.js';
import { cachesUnread, readCaches, readReplicationGroups } from './redis/live.js';
import { readAccounts, readBuckets } from './s3/live.js';
import { readSecrets } from './secrets/live.js';

export type { ClientOptions } from './live/clients.js';
export {
  AUDIT_ACTIONS,
  auditReadPolicy,
  type AuditReadPolicy,
  type AuditReadPolicyOptions,
} from './live/read-policy.js';
export { type ReadOutcome, type ReadSink, readsOf, type ReadSubject, type RecordedRead } from './live/recorder.js';
export type { RedisCredential, RedisSecret } from './live/redis-secret.js';

export interface LiveFactsOptions {
  /** Region, credentials and endpoint, as `signIn` gives them. */
  readonly clientOptions: ClientOptions;
  /**
   * `declared`: only what the config names, with the keys that it is encrypted with, and the schedules; `account`:
   * everything in the account and Region.
   */
  readonly scope: 'declared' | 'account';
  readonly declared: Declared;
  /** What the vault shows, which is read with its own credentials. @default unknown: no vault was given */
  readonly backups?: () => Promise<Reading<readonly BackupFact[]>>;
  /** Where the credentials of caches are, for trying them on the caches themselves. @default caches are not tried */
  readonly redisSecret?: RedisSecret;
  /** Takes each request as it ends, for the evidence. */
  readonly onRead?: ReadSink;
  /** Requests at once. @default 16 */
  readonly concurrency?: number;
  /** @default now */
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
}

const DEFAULT_CONCURRENCY = 16;

/**
 * Reads the account. What is denied or fails leaves exactly the attributes of that request unknown.
 *
 * @throws HoldfastError AWS_CREDENTIALS when it cannot be determined whose account it is; INTERRUPTED, or what the
 *   signal was
 *   aborted with
 */
export async function readLiveFacts(options: LiveFactsOptions): Promise<Facts> {
  const byRegion = new Map<string, AuditClients>();
  const clientsIn = (region: string) => {
    const clients = byRegion.get(region) ?? createClients({ ...options.clientOptions, region });
    byRegion.set(region, clients);
    return clients;
  };
  try {
    return await readFacts(await openReader(options, clientsIn), options);
  } finally {
    for (const clients of byRegion.values()) destroyClients(clients);
  }
}

async function readFacts(aws: AwsReader, { backups, scope }: LiveFactsOptions): Promise<Facts> {
  const { account, caller, region, now } = aws.options;
  const readAt = now();
  const projects = readCodeBuildProjects(aws);
  const databases = readDatabases(aws);
  const caches = readCaches(aws);
  const facts = await together({
    accounts: readAccounts(aws),
    auroraClusters: databases.then((all) => readAuroraClusters(aws, all)),
    auroraSnapshots: readAuroraSnapshots(aws),
    dynamoTables: readDynamoTables(aws),
    buckets: readBuckets(aws),
    replicationGroups: caches.then((all) => readReplicationGroups(aws, all)),
    secrets: readSecrets(aws),
    roles: projects.then((found) => readRoles(aws, rolesOf(found))),
    codeBuildProjects: projects,
    schedules: readSchedules(aws),
    securityGroups: readSecurityGroups(aws),
    networks: readNetworks(aws),
    subnets: readNetworkSubnets(aws),
    logGroups: readLogGroups(aws),
    literals: unknown('The templates of an account are not read.'),
    backups: backups?.() ?? unknown('No vault was given.'),
  });
  const unread = [...databasesUnread(aws, await databases), ...cachesUnread(aws, await caches)];
  const who = { account, ...(caller !== undefined && { caller }), region } as const;
  const all = { source: 'live', ...who, readAt, scope, unread, ...facts } as const;
  return { ...all, kmsKeys: await readKmsKeys(aws, keyReferences(all)) };
}

/** Waits for all, each under its name. */
async function together<T extends Readonly<Record<string, unknown>>>(
  reads: T,
): Promise<{ readonly [K in keyof T]: Awaited<T[K]> }> {
  const entries = Object.entries(reads).map(async ([name, read]) => [name, await read] as const);
  return Object.fromEntries(await Promise.all(entries)) as { readonly [K in keyof T]: Awaited<T[K]> };
}

/** Who is asking, and so which account it is. No permission is needed for that. */
async function openReader(options: LiveFactsOptions, clientsIn: ReaderOptions['clientsIn']): Promise<AwsReader> {
  const { region } = options.clientOptions;
  const clients = clientsIn(region);
  const place: ReaderOptions = {
    ...options,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    now: options.now ?? (() => new Date()),
    clients,
    clientsIn,
    account: '',
    region,
    partition: 'aws',
  };
  const identity = await new AwsReader(place).read(
    {
      action: 'sts:GetCallerIdentity',
      subject: { kind: 'accounts', attributes: [] },
      command: new GetCallerIdentityCommand({}),
      send: (command, sending) => clients.sts.send(command, sending),
    },
    ({ Account = '', Arn = '' }) => ({ account: Account, caller: Arn, partition: parseArn(Arn)?.partition ?? 'aws' }),
  );
  if ('unknown' in identity) {
    throw new HoldfastError('AWS_CREDENTIALS', `Finding out which account to audit: ${identity.unknown.reason}`);
  }
  return new AwsReader({ ...place, ...identity.value });
}

/** The roles of the declared projects are part of what is declared. */
function rolesOf(projects: Reading<readonly CodeBuildProjectFact[]>): string[] {
  if ('unknown' in projects) return [];
  return projects.value.flatMap(({ roleArn }) =>
    'value' in roleArn ? [roleArn.value.split('/').at(-1) ?? roleArn.value] : [],
  );
}
