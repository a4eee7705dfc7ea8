/** Every construct that `holdfast/constructs` exports, in a stack of somebody else's and without a name of theirs. */
import type { Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import {
  AlarmTopic,
  AuroraPostgres,
  BackupJobs,
  BackupVault,
  DataKey,
  DataLake,
  DataNetwork,
  DataSecret,
  DataSecrets,
  DataSecurityGroups,
  DataTable,
  OperationsKey,
  RedisCache,
  RotationWatch,
  SecretRotation,
  TaskRoleAccess,
  VaultRoles,
  VaultWatch,
} from '../../src/constructs/index.js';
import { emptyBundles } from '../helpers/empty-bundles.js';

const ZONES = ['us-east-1a', 'us-east-1b'];
const KEY_ARN = 'arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** The parts of a data layer, each with what only its own service needs. */
export class EveryDataConstruct extends Construct {
  readonly aurora: AuroraPostgres;
  readonly table: DataTable;
  readonly lake: DataLake;
  readonly redis: RedisCache;
  readonly secrets: DataSecrets;
  readonly rotation: SecretRotation;
  readonly watch: RotationWatch;

  constructor(scope: Construct, id: string, vpc: Vpc) {
    super(scope, id);
    const { rotationBundles: bundles } = emptyBundles();
    const { key } = new DataKey(this, 'Key', { logGroups: ['/aws/rds/*', '/aws/elasticache/*'] });
    const groups = new DataSecurityGroups(this, 'Groups', { vpc, backup: true });
    this.secrets = new DataSecrets(this, 'Secrets', { encryptionKey: key, backupUser: true });
    this.aurora = new AuroraPostgres(this, 'Aurora', {
      vpc,
      securityGroups: groups.database,
      availabilityZones: ZONES,
      encryptionKey: key,
      readers: 2,
      applicationSecret: this.secrets.databaseUser,
      backupSecret: this.secrets.backupUser,
    });
    this.table = new DataTable(this, 'Table', {
      partitionKey: { name: 'Id' },
      indexes: [{ name: 'ByName', partitionKey: { name: 'Name' } }],
      encryptionKey: key,
    });
    this.lake = new DataLake(this, 'Lake', { encryptionKey: key });
    this.redis = new RedisCache(this, 'Redis', {
      engine: 'redis',
      subnetIds: subnetsOf(vpc),
      securityGroups: groups.redis,
      encryptionKey: key,
      secret: this.secrets.redisAuth!,
    });
    new TaskRoleAccess(this, 'Tasks', { secrets: this.secrets.forTasks, encryptionKey: key });
    new DataNetwork(this, 'Network', { cidr: '10.1.0.0/20', availabilityZones: ZONES, encryptionKey: key });
    const secret = new DataSecret(this, 'Secret', { encryptionKey: key, generateSecretString: {} });
    this.rotation = new SecretRotation(this, 'Rotation', {
      secret,
      encryptionKey: key,
      settings: { kind: 'encryption-key' },
      bundles,
    });
    this.watch = new RotationWatch(this, 'Watch', { secrets: [{ secret, maxAgeDays: 30 }], bundles });
  }
}

function subnetsOf(vpc: Vpc): string[] {
  return vpc.isolatedSubnets.map(({ subnetId }) => subnetId);
}

/** The vault with its roles and its watch. */
export class EveryVaultConstruct extends Construct {
  readonly vault: BackupVault;
  readonly roles: VaultRoles;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const encryptionKey = new OperationsKey(this, 'OperationsKey');
    this.vault = new BackupVault(this, 'Vault');
    this.roles = new VaultRoles(this, 'Roles', { vault: this.vault, drillProject: 'drills' });
    new VaultWatch(this, 'Watch', {
      bucketName: this.vault.bucket.bucketName,
      keyArn: this.vault.key.keyArn,
      readerRoleArns: [this.roles.restore.roleArn],
      encryptionKey,
    });
    new AlarmTopic(this, 'Topic', { encryptionKey });
  }
}

/** Two jobs in a VPC of their own, with an image of their own. */
export function everyJobConstruct(stack: Stack, id: string): BackupJobs {
  const secret = new Secret(stack, `${id}Login`, { encryptionKey: new Key(stack, `${id}LoginKey`) });
  return new BackupJobs(stack, id, {
    environment: 'prod',
    vaultBucketName: 'shop-backups',
    keyArn: KEY_ARN,
    bundle: emptyBundles().bundle,
    databases: [
      { name: 'shop', host: 'db.internal', secretArn: secret.secretArn, schedule: 'rate(1 day)' },
      { name: 'ledger', host: 'db.internal', secretArn: secret.secretArn, schedule: 'rate(1 day)' },
    ],
    network: { createCidr: '10.90.0.0/24' },
    image: 'build',
  });
}
