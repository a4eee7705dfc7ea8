/** Values that only an app of one's own can give: a config's are read before there is a construct. */
import { App, Fn } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import {
  BackupAccountStack,
  type BackupAccountStackProps,
} from '../../../src/constructs/backup/backup-account-stack.js';
import type { BackupDatabase } from '../../../src/constructs/backup/backup-database.js';
import type { BackupJobsProps } from '../../../src/constructs/backup/backup-jobs.js';
import { SourceAccountStack } from '../../../src/constructs/backup/source-account-stack.js';
import { emptyBundles } from '../../helpers/empty-bundles.js';
import { refusalOf } from '../../syntax/places.js';

const env = { account: '111122223333', region: 'eu-central-1' };
const DATABASE: BackupDatabase = {
  name: 'orders',
  host: 'orders.example.com',
  secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:orders',
  schedule: 'cron(0 3 * * ? *)',
};

const { bundle } = emptyBundles();

const jobs = (database: Partial<BackupDatabase>, props: Partial<BackupJobsProps> = {}) =>
  refusalOf(
    () =>
      new SourceAccountStack(new App(), 'backups', {
        env,
        environment: 'prod',
        vaultBucketName: 'rds-backup-layer2-prod',
        bundle,
        databases: [{ ...DATABASE, ...database }],
        ...props,
      }),
  );

const vault = (props: Partial<BackupAccountStackProps>) =>
  refusalOf(() => new BackupAccountStack(new App(), 'vault', { env, environment: 'prod', ...props }));

it.each<readonly [string, Partial<BackupDatabase>, Partial<BackupJobsProps>, string]>([
  ["a schedule that is Unix's", { schedule: '0 3 * * *' }, {}, 'Write it as EventBridge does'],
  ['a schedule that does not recur', { schedule: 'at(2026-01-01T00:00:00)' }, {}, 'Write it as EventBridge does'],
  ['a time zone', { timeZone: 'Mars/Olympus' }, {}, 'Give its name in the IANA database'],
  ['a level', { compression: 'zstd', compressionLevel: 25 }, {}, 'from 1 to 19 for zstd'],
  ['a level without compression', { compression: 'none', compressionLevel: 3 }, {}, 'there is no level'],
  ['the name of a secret', { secretArn: 'orders' }, {}, 'Give the ARN of the secret'],
  ['a password', { host: undefined, url: 'postgres://u:hidden@h/orders' }, {}, 'Take the password out of it.'],
  ['a port', { port: 99_999 }, {}, 'port'],
  ['a prefix with a wildcard', {}, { vaultPrefix: 'team*' }, 'the policies cannot name the prefix "team*"'],
  ['the alias of a key', {}, { keyArn: 'alias/vault' }, "Give the key's own ARN, not an alias"],
  ['an image outside of ECR', {}, { image: 'docker.io/library/postgres:17' }, 'is not the URI of an image in ECR'],
  ['an image that is a token', {}, { image: Fn.importValue('Image') }, 'is not the URI of an image in ECR'],
])('12.1: a job is refused what every build would fail of: %s', async (_, database, props, words) => {
  const refusal = await jobs(database, props);
  expect(refusal).toContain(words);
  expect(refusal).not.toContain('hidden');
});

it('12.1: a job takes what only its deployment knows', async () => {
  const [host, secretArn] = [Fn.importValue('Host'), Fn.importValue('Secret')];
  expect(await jobs({ host, secretArn }, { keyArn: Fn.importValue('Key') })).toBeUndefined();
});

it.each<readonly [string, Partial<BackupAccountStackProps>, string]>([
  ['an account of 11 digits', { sources: [{ account: '11112222333' }] }, 'Give the 12-digit number'],
  ['a prefix with a wildcard', { sources: [{ account: '111122223333', prefix: 'team*' }] }, 'Use letters, digits'],
  ['the name of a bucket', { existingBucketName: 'My..Bucket' }, 'Use 3 to 63 lower-case letters'],
  ['the alias of a key', { existingKeyArn: 'alias/vault' }, "Give the key's own ARN, not an alias"],
])('12.1: a vault is refused what its policies cannot say: %s', async (_, props, words) => {
  expect(await vault(props)).toContain(words);
});

it('12.1: a vault takes an account that only its deployment knows', async () => {
  expect(await vault({ sources: [{ account: Fn.importValue('Account'), databases: ['orders'] }] })).toBeUndefined();
});
