/** A deployed account that can be read again by parts: what a case changes, and everything else as it was. */
import { CreateDBClusterSnapshotCommand } from '@aws-sdk/client-rds';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PutPublicAccessBlockCommand } from '@aws-sdk/client-s3-control';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { readAuroraClusters } from '../../../../src/audit/aurora/live.js';
import { readAuroraSnapshots } from '../../../../src/audit/aurora/live-snapshots.js';
import { readSchedules } from '../../../../src/audit/backup/live.js';
import { backupFacts } from '../../../../src/audit/backup/vault-facts.js';
import { CONTROLS } from '../../../../src/audit/catalog.js';
import { readCodeBuildProjects } from '../../../../src/audit/codebuild/live.js';
import { declaredFrom } from '../../../../src/audit/declared-from-config.js';
import { readDynamoTables } from '../../../../src/audit/dynamodb/live.js';
import { evaluate } from '../../../../src/audit/evaluate.js';
import { readRoles } from '../../../../src/audit/iam/live.js';
import { keyReferences } from '../../../../src/audit/kms/key-references.js';
import { readKmsKeys } from '../../../../src/audit/kms/live.js';
import { type ClientOptions, createClients } from '../../../../src/audit/live/clients.js';
import { AwsReader } from '../../../../src/audit/live/reader.js';
import { readLogGroups } from '../../../../src/audit/logs/live.js';
import { readNetworks, readNetworkSubnets, readSecurityGroups } from '../../../../src/audit/network/live.js';
import type { Control } from '../../../../src/audit/model/control.js';
import type { Declared } from '../../../../src/audit/model/declared.js';
import type { FactKind, Facts } from '../../../../src/audit/model/facts.js';
import type { Finding } from '../../../../src/audit/model/finding.js';
import { known, type Reading, unknown, valueOf } from '../../../../src/audit/model/reading.js';
import { readReplicationGroups } from '../../../../src/audit/redis/live.js';
import { readAccounts, readBuckets } from '../../../../src/audit/s3/live.js';
import { readSecrets } from '../../../../src/audit/secrets/live.js';
import { readStatus } from '../../../../src/backup/status/read-status.js';
import { expectationsOf } from '../../../../src/cli/status/expectations.js';
import type { ConfigInput, HoldfastConfig } from '../../../../src/config/index.js';
import { configOf } from '../../../constructs/backup/backup-app.js';
import { vaultWith } from '../backup/live-cases.js';
import { ALL_BLOCKED, LOGS } from '../s3/live-cases.js';
import type { Surroundings } from './live-case.js';

export interface LiveAccount extends Surroundings {
  /** The findings of a control, with some kinds read again and the others as `open` has read them. */
  findings(control: Control, kinds: readonly FactKind[]): Promise<readonly Finding[]>;
  /** Those of all controls that can be evaluated, with everything read again. */
  allFindings(): Promise<readonly Finding[]>;
}

export async function openLiveAccount(
  input: ConfigInput,
  account: string,
  clientOptions: ClientOptions,
): Promise<LiveAccount> {
  const config = await configOf(input);
  const declared = declaredFrom(config, account);
  const aws = createClients(clientOptions);
  const { region } = clientOptions;
  const reader = new AwsReader({
    clients: aws,
    clientsIn: () => aws,
    // Everything: some cases make a resource that is not declared.
    scope: 'account',
    declared,
    account,
    region,
    partition: 'aws',
    now: () => new Date(),
    concurrency: 16,
  });
  const surroundings: Surroundings = { aws, account, vault: await vaultWith({}) };
  const place = { source: 'live', account, region } as const;

  async function read(kinds: readonly FactKind[], others?: Facts): Promise<Facts> {
    const read = await Promise.all(
      kinds
        .filter((kind) => kind !== 'kmsKeys')
        .map(async (kind) => [kind, await READERS[kind](reader, surroundings, config)] as const),
    );
    const facts = { ...NOTHING, ...others, ...Object.fromEntries(read), ...place, readAt: new Date() } as Facts;
    if (!kinds.includes('kmsKeys')) return facts;
    return { ...facts, kmsKeys: await readKmsKeys(reader, keyReferences(facts)) };
  }

  await prepare(surroundings, await read(['buckets']), declared);
  const standing = await read(KINDS);
  return Object.assign(surroundings, {
    findings: async (control: Control, kinds: readonly FactKind[]) =>
      evaluate([control], await read(kinds, standing), declared),
    allFindings: async () => evaluate(CONTROLS, await read(KINDS), declared),
  });
}

/** What a deployment leaves to people and to time: the account's own block, a value for the secret, snapshots, logs. */
async function prepare({ aws, account: AccountId }: Surroundings, facts: Facts, declared: Declared): Promise<void> {
  const PublicAccessBlockConfiguration = ALL_BLOCKED;
  await aws.s3Control.send(new PutPublicAccessBlockCommand({ AccountId, PublicAccessBlockConfiguration }));
  if (declared.secrets.includes('fintech/api-keys')) {
    await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'fintech/api-keys', SecretString: '{"key":"x"}' }));
  }
  for (const DBClusterIdentifier of declared.auroraClusters) {
    const DBClusterSnapshotIdentifier = `of-${DBClusterIdentifier}`;
    await aws.rds.send(new CreateDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier, DBClusterIdentifier }));
  }
  for (const { logging } of valueOf(facts.buckets)) {
    const target = valueOf(logging);
    if (!target || (target.bucket !== LOGS && !declared.buckets.some(({ name }) => name === target.bucket))) continue;
    await aws.s3.send(new PutObjectCommand({ Bucket: target.bucket, Key: `${target.prefix}2026-11-22`, Body: 'GET' }));
  }
}

type Read = (
  reader: AwsReader,
  surroundings: Surroundings,
  config: HoldfastConfig,
) => Promise<Reading<readonly unknown[]>>;

const READERS: Readonly<Record<Exclude<FactKind, 'kmsKeys'>, Read>> = {
  accounts: readAccounts,
  auroraClusters: (reader) => readAuroraClusters(reader),
  auroraSnapshots: readAuroraSnapshots,
  dynamoTables: readDynamoTables,
  buckets: readBuckets,
  replicationGroups: (reader) => readReplicationGroups(reader),
  secrets: readSecrets,
  roles: (reader) => readRoles(reader, []),
  codeBuildProjects: readCodeBuildProjects,
  schedules: readSchedules,
  securityGroups: readSecurityGroups,
  networks: readNetworks,
  subnets: readNetworkSubnets,
  logGroups: readLogGroups,
  literals: () => Promise.resolve(unknown('Templates are not read.')),
  backups: async (_, { vault: store }, config) => {
    const { databases } = await readStatus(
      { ...expectationsOf(config, {}), names: [] },
      { store, clock: { now: () => new Date() } },
    );
    return known(await backupFacts(databases, store));
  },
};

const KINDS = [...Object.keys(READERS), 'kmsKeys'] as readonly FactKind[];
const NOTHING = Object.fromEntries(KINDS.map((kind) => [kind, unknown('Not read.')]));
