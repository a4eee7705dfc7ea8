/** Each small language is read alike everywhere: one table of values goes through every place that takes one. */
import { App, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { backupEveryDatabaseScheduled } from '../../src/audit/backup/controls.js';
import { declaredFrom } from '../../src/audit/declared-from-config.js';
import { evaluate } from '../../src/audit/evaluate.js';
import { NOTHING_DECLARED } from '../../src/audit/model/declared.js';
import { known } from '../../src/audit/model/reading.js';
import { DataLake } from '../../src/constructs/data-layer/data-lake/data-lake.js';
import { workerConfig } from '../../src/constructs/backup/worker-config.js';
import { redisSecretsOf } from '../../src/cli/audit/redis-secrets.js';
import { chooseCompressor } from '../../src/dump/compression/choose-compressor.js';
import type { CompressionMethod } from '../../src/syntax/compression.js';
import { planVault } from '../../src/policies/vault-plan.js';
import { openVault } from '../../src/vault/open-vault.js';
import { factsOf, GOOD } from '../audit/facts-builder.js';
import { appOf, BACKUP_ACCOUNT, CONFIG, configOf } from '../constructs/backup/backup-app.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';
import { inConfigFile, inWorkerEnvironment, parseCommandLine, refusalOf } from './places.js';

interface Language<T> {
  readonly places: Readonly<Record<string, (value: T) => Promise<string | undefined>>>;
  readonly good: readonly T[];
  /** With what every place says of it. */
  readonly bad: ReadonlyArray<readonly [T, string]>;
}

function readAlike<T>(name: string, { places, good, bad }: Language<T>): void {
  describe(name, () => {
    describe.each(Object.entries(places))('%s', (_, refusal) => {
      it.each(good.map((value) => [value]))('takes %j', async (value) => {
        expect(await refusal(value)).toBeUndefined();
      });

      it.each(bad)('refuses %j', async (value, words) => {
        expect(await refusal(value)).toContain(words);
      });
    });
  });
}

const LAKE_KEY = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const DATABASE = { host: 'db.example.com', dbName: 'orders' };

interface Compression {
  readonly method: CompressionMethod;
  readonly level: number;
}

const withCompression = ({ method, level }: Compression) => ({
  databases: [{ ...DATABASE, compression: method, compressionLevel: level }],
});

const LEVELS = 'Give a level from 1 to 9 for gzip, or from 1 to 19 for zstd.';
const NO_LEVEL = 'Without compression there is no level: leave it out.';

readAlike<Compression>('a compression level', {
  places: {
    'the command line': ({ method, level }) =>
      refusalOf(() => {
        const options = parseCommandLine(['backup', '--compression', method, '--level', String(level)]);
        return chooseCompressor({ method, level: options.level as number, env: process.env });
      }),
    'a config': (value) => inConfigFile(withCompression(value)),
    "a worker's environment": (value) => inWorkerEnvironment(withCompression(value)),
    "a job's settings": ({ method, level }) => inJob({ compression: method, compressionLevel: level }),
    'a backup': ({ method, level }) => refusalOf(() => chooseCompressor({ method, level, env: process.env })),
  },
  good: [
    { method: 'gzip', level: 1 },
    { method: 'gzip', level: 9 },
    { method: 'zstd', level: 1 },
    { method: 'zstd', level: 19 },
  ],
  bad: [
    [{ method: 'gzip', level: 10 }, LEVELS],
    [{ method: 'gzip', level: 22 }, LEVELS],
    [{ method: 'gzip', level: 0 }, LEVELS],
    [{ method: 'zstd', level: 20 }, LEVELS],
    [{ method: 'zstd', level: 22 }, LEVELS],
    [{ method: 'zstd', level: 25 }, LEVELS],
    [{ method: 'zstd', level: 1.5 }, LEVELS],
    [{ method: 'zstd', level: 0 }, LEVELS],
    [{ method: 'none', level: 3 }, NO_LEVEL],
  ],
});

/** What a construct hands to the build. */
const inJob = (database: object, { vault = 's3://bucket', keyArn = LAKE_KEY } = {}) =>
  refusalOf(() => {
    const job = { name: 'orders', host: 'db.example.com', schedule: 'rate(1 day)', ...database };
    return workerConfig(job, { environment: 'prod', region: 'us-east-1', vault, keyArn, tls: {} });
  });

const AWS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };

const VAULT_PLACES: Language<string>['places'] = {
  'the command line': (vault) =>
    refusalOf(() => {
      const options = parseCommandLine(['list', '--vault', vault]);
      return openVault(options.vault as string, { env: AWS });
    }),
  'a config': (vault) => inConfigFile({ vault }),
  'an environment of a config': (vault) => inConfigFile({ environments: { prod: { vault } } }),
  "a worker's environment": (vault) => inWorkerEnvironment({ vault }),
};

const badVault = (url: string, fault: string) => [url, `is not the URL of a vault: ${fault}.`] as const;

const BUCKET = 'a bucket has 3 to 63 lower-case letters, digits, hyphens and single dots, and is not an IP address';
const SCHEME = 'its scheme is not in lower-case letters';
const FIRST_SLASH = 'its prefix cannot be part of a key: it begins with a slash';
const EMPTY_PART = 'its prefix cannot be part of a key: it has an empty part (two slashes in a row, or one at its end)';

const GOOD_IN_S3 = ['s3://rds-backup-layer2-prod', 's3://my.bucket/', 's3://bucket/team/a', 's3://bucket/team/'];
const BAD_IN_S3 = [
  badVault('s3://b//team', BUCKET),
  badVault('s3://bucket//team', FIRST_SLASH),
  badVault('s3://bucket/team//', EMPTY_PART),
  badVault('s3://bucket/a//b', EMPTY_PART),
  badVault('s3://bucket/../other', 'its prefix cannot be part of a key: it has the part ".."'),
  badVault('s3://my..b', BUCKET),
  badVault('s3://My_Bucket/x', BUCKET),
  badVault('s3://192.168.1.1', BUCKET),
  badVault('s3://', BUCKET),
  badVault('S3://bucket', SCHEME),
];

readAlike('the URL of a vault', {
  places: VAULT_PLACES,
  good: [...GOOD_IN_S3, 's3://bucket/a b', 'file:///srv/vault', 'file:///srv/my%20vault/'],
  bad: [
    ...BAD_IN_S3,
    badVault('FILE:///srv/vault', SCHEME),
    badVault('file:///x?y', '? and # end the path of a URL'),
    badVault('file:///x#y', '? and # end the path of a URL'),
    badVault('file:///x%2Fy', 'it contains an escape that is invalid in a path'),
    badVault('file://srv/vault', 'a file URL has three slashes and an absolute path'),
    badVault('file:///', 'it names the root of the file system'),
    badVault('/srv/vault', 'it has no scheme'),
    badVault('https://bucket.s3.amazonaws.com', 'this version has no store for https:'),
  ],
});

const deployed = await configOf(CONFIG);

readAlike('the URL of a vault on AWS', {
  places: {
    ...VAULT_PLACES,
    'a policy': (vault) => refusalOf(() => planVault({ ...deployed, vault })),
    'a synthesis': (vault) => refusalOf(() => appOf({ ...deployed, vault }, temporaryDirectory())),
    "a job's settings": (vault) => inJob({}, { vault }),
    'the audit': (vault) => refusalOf(() => declaredFrom({ ...deployed, vault }, BACKUP_ACCOUNT)),
  },
  good: GOOD_IN_S3,
  bad: BAD_IN_S3,
});

const UNIT = 'Give a number with its unit: d, h, m or s, for example 90m or 1h30m.';
const NOT_ZERO = 'Give more than zero, or leave the option out.';

readAlike('a duration', {
  places: {
    'an option': (time) => refusalOf(() => parseCommandLine(['backup', '--max-duration', time])),
    'another option': (time) => refusalOf(() => parseCommandLine(['backup', '--lock-wait-timeout', time])),
    'a config': (maxDuration) => inConfigFile({ databases: [{ ...DATABASE, maxDuration }] }),
    'the defaults of a config': (lockWaitTimeout) => inConfigFile({ defaults: { lockWaitTimeout } }),
    "a worker's environment": (maxDuration) => inWorkerEnvironment({ databases: [{ ...DATABASE, maxDuration }] }),
  },
  good: ['45s', '90m', '1h30m', '24d'],
  bad: [
    ['90', UNIT],
    ['1h1h', UNIT],
    ['1m1h', UNIT],
    ['1.5h', UNIT],
    ['1w', UNIT],
    ['1H', UNIT],
    ['99999999999999999d', UNIT],
    ['0s', NOT_ZERO],
    ['25d', 'Give at most 24d.'],
  ],
});

const AGE = 'Give a number with its unit: d, h, m or s, for example 26h or 8d; or none.';

readAlike('an objective', {
  places: {
    'an option': (age) => refusalOf(() => parseCommandLine(['status', '--backup-age', age])),
    'another option': (age) => refusalOf(() => parseCommandLine(['status', '--proof-age', age])),
    'a config': (backupAge) => inConfigFile({ objectives: { backupAge } }),
    'an entry of a config': (proofAge) => inConfigFile({ databases: [{ ...DATABASE, objectives: { proofAge } }] }),
    "a worker's environment": (backupAge) => inWorkerEnvironment({ objectives: { backupAge } }),
  },
  good: ['26h', '90d', 'none'],
  bad: [
    ['26', AGE],
    ['0h', AGE],
    ['1w', AGE],
    ['None', AGE],
    ['', AGE],
  ],
});

const SCHEDULE = 'Write it as EventBridge does: cron(0 3 ? * SUN *) or rate(12 hours).';

readAlike('a schedule', {
  places: {
    'a config': (schedule) => inConfigFile({ schedule }),
    'an entry of a config': (schedule) => inConfigFile({ databases: [{ ...DATABASE, schedule }] }),
    "a worker's environment": (schedule) => inWorkerEnvironment({ schedule }),
    "a job's settings": (schedule) => inJob({ schedule }),
    'the audit': (expression) => {
      const schedules = known([{ ...GOOD.schedules, expression: known(expression) }]);
      const [finding] = evaluate([backupEveryDatabaseScheduled], factsOf('live', { schedules }), NOTHING_DECLARED);
      return Promise.resolve(finding?.status === 'pass' ? undefined : finding?.unknown?.reason);
    },
  },
  good: ['cron(0 3 ? * SUN *)', 'cron(0/15 8-17 L * ? 2026-2199)', 'rate(1 day)', 'rate(30 minutes)'],
  bad: [
    ['0 3 * * *', SCHEDULE],
    ['CRON(0 3 ? * SUN *)', SCHEDULE],
    ['cron(0 3 * * *)', 'Give six fields'],
    ['cron(0 3 * * * *)', 'EventBridge takes exactly one of day-of-month and day-of-week: write ? for the other.'],
    ['cron(60 3 ? * SUN *)', 'The minutes field takes 0 to 59, *, lists, ranges and steps; it does not take "60".'],
    ['cron(0 3 ? * SUNDAY *)', 'it does not take "SUNDAY".'],
    ['cron(0 3 1 * ? 2030-2026)', 'it does not take "2030-2026".'],
    ['rate(5 weeks)', 'Write a rate as rate(1 day), rate(12 hours) or rate(30 minutes).'],
    ['rate(0 days)', 'Write a rate as rate(1 day), rate(12 hours) or rate(30 minutes).'],
  ],
});

const KEY = '1234abcd-12ab-34cd-56ef-1234567890ab';
const FULL_KEY_ARN = "Give the full ARN of the KMS key (a bare key id never matches the bucket's policy)";
const NOT_AN_ALIAS = "Give the key's own ARN, not an alias";

readAlike("the ARN of the vault's key", {
  places: {
    'a config': (kmsKeyArn) => inConfigFile({ kmsKeyArn }),
    "a worker's environment": (kmsKeyArn) => inWorkerEnvironment({ kmsKeyArn }),
    "a job's settings": (keyArn) => inJob({}, { keyArn }),
    "the key of a database's secret": (secretKmsKeyArn) => inJob({ secretKmsKeyArn }),
    'a key that exists already': (existingKeyArn) => inConfigFile({ backupAccount: { existingKeyArn } }),
    'a store': (kmsKeyArn) => refusalOf(() => openVault('s3://bucket', { env: AWS, kmsKeyArn })),
  },
  good: [
    `arn:aws:kms:us-east-1:111122223333:key/${KEY}`,
    'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab',
  ],
  bad: [
    [KEY, FULL_KEY_ARN],
    [`arn:aws:kms:us-east-1:11112222333:key/${KEY}`, FULL_KEY_ARN],
    [`arn:aws:kms::111122223333:key/${KEY}`, FULL_KEY_ARN],
    [`arn:aws:s3:us-east-1:111122223333:key/${KEY}`, FULL_KEY_ARN],
    ['arn:aws:kms:us-east-1:111122223333:alias/vault', NOT_AN_ALIAS],
    ['alias/vault', NOT_AN_ALIAS],
    [`arn:aws:kms:cn-north-1:111122223333:key/${KEY}`, 'ARNs in cn-north-1 begin with arn:aws-cn, not arn:aws.'],
  ],
});

const SECRET =
  'Give the ARN of the secret in Secrets Manager: arn:aws:secretsmanager:us-east-1:111122223333:secret:NAME.';

readAlike('the ARN of a secret', {
  places: {
    'a config': (secretArn) => inConfigFile({ databases: [{ dbName: 'orders', secretArn }] }),
    "a worker's environment": (secretArn) => inWorkerEnvironment({ databases: [{ dbName: 'orders', secretArn }] }),
    "a job's settings": (secretArn) => inJob({ secretArn }),
    "the audit's option": (arn) => refusalOf(() => redisSecretsOf([arn])),
    "the audit's option, for one cache": (arn) => refusalOf(() => redisSecretsOf([`cache=${arn}`])),
  },
  good: [
    'arn:aws:secretsmanager:us-east-1:111122223333:secret:appdb',
    'arn:aws:secretsmanager:us-east-1:111122223333:secret:team/appdb-AbC123',
  ],
  bad: [
    ['arn:aws:secretsmanager:us-east-1:111122223333:secret:', SECRET],
    ['arn:aws:secretsmanager:us-east-1:11112222333:secret:appdb', SECRET],
    ['arn:aws:secretsmanager:useast1:111122223333:secret:appdb', SECRET],
    ['arn:aws:secretsmanager:us-east-1:111122223333:secret:app db', SECRET],
    ['arn:aws:ssm:us-east-1:111122223333:parameter/x', SECRET],
    [
      'arn:aws:secretsmanager:us-gov-west-1:111122223333:secret:appdb',
      'ARNs in us-gov-west-1 begin with arn:aws-us-gov, not arn:aws.',
    ],
  ],
});

const BUCKET_RULE = 'Use 3 to 63 lower-case letters, digits, hyphens and single dots.';

const lakeOf = (bucketName: string) =>
  refusalOf(() => {
    const stack = new Stack(new App(), 'Lake');
    return new DataLake(stack, 'Lake', { encryptionKey: new Key(stack, 'Key'), bucketName });
  });

readAlike("a bucket's name", {
  places: {
    'an existing bucket in a config': (existingBucket) => inConfigFile({ backupAccount: { existingBucket } }),
    'a replica in a config': (bucketName) =>
      inConfigFile({ dataLayer: { dataLake: { existingReplica: { bucketName, keyArn: LAKE_KEY } } } }),
    'the construct of a data lake': lakeOf,
  },
  good: ['rds-backup-layer2-prod', 'my.bucket', 'b'.repeat(63)],
  bad: [
    ['b'.repeat(64), `It has 64 characters. ${BUCKET_RULE}`],
    ['my..bucket', BUCKET_RULE],
    ['My_Bucket', BUCKET_RULE],
    ['192.168.1.1', BUCKET_RULE],
    ['ab', BUCKET_RULE],
  ],
});
