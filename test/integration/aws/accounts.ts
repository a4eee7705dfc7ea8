/** Two accounts in the emulator, prepared as `cdk bootstrap` prepares them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { findAwsCli } from '../../../scripts/setup/emulator.mjs';
import type { Emulator } from '../../helpers/emulator.js';

export const BACKUP_ACCOUNT = '444455556666';
export const SOURCE_ACCOUNT = '111122223333';
export const REGION = 'us-east-1';

export type Environment = Readonly<Record<string, string>>;

/** The environment of a process that has taken a role: the emulator takes any, and its account with it. */
export async function asRole(emulator: Emulator, roleArn: string): Promise<Environment> {
  const { endpoint, credentials } = emulator.clientOptions as { endpoint: string; credentials: never };
  const client = new STSClient({ endpoint, region: REGION, credentials });
  try {
    const { Credentials } = await client.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'test' }));
    return {
      ...emulator.env,
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
      AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
    };
  } finally {
    client.destroy();
  }
}

export function administrator(emulator: Emulator, account: string): Promise<Environment> {
  return asRole(emulator, `arn:aws:iam::${account}:role/Administrator`);
}

/** Runs the AWS CLI; a failure is thrown with its words. @returns what it printed, parsed where it is JSON */
export async function aws(env: Environment, ...args: readonly string[]): Promise<unknown> {
  const program = findAwsCli();
  if (program === undefined) {
    throw new Error('This test needs the AWS CLI: npm run setup -- --for test installs it, or says how to.');
  }
  const { stdout } = await promisify(execFile)(program, args, {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', AWS_PAGER: '', ...env },
  });
  return stdout.startsWith('{') ? (JSON.parse(stdout) as unknown) : stdout;
}

/** For clients of the SDK: what the AWS CLI would take from the environment, without its start-up time. */
export function clientOptions(env: Environment) {
  const { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = env;
  return {
    endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      sessionToken: AWS_SESSION_TOKEN,
    },
  };
}

/** The bucket for assets and the version that the CDK's toolkit looks for. @returns the account's administrator */
export async function bootstrap(emulator: Emulator, account: string): Promise<Environment> {
  const env = await administrator(emulator, account);
  const client = new S3Client(clientOptions(env));
  await client.send(new CreateBucketCommand({ Bucket: `cdk-hnb659fds-assets-${account}-${REGION}` }));
  client.destroy();
  // The emulator does not check signatures, and finds account and service in what is signed.
  const answer = await fetch(emulator.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.PutParameter',
      'x-amz-security-token': env.AWS_SESSION_TOKEN ?? '',
      authorization: `AWS4-HMAC-SHA256 Credential=${env.AWS_ACCESS_KEY_ID}/20261122/${REGION}/ssm/aws4_request, SignedHeaders=host, Signature=x`,
    },
    body: JSON.stringify({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String' }),
  });
  if (!answer.ok) throw new Error(`PutParameter: ${answer.status} ${await answer.text()}`);
  return env;
}

/** What `holdfast` and the CDK need of an environment to deploy into the emulator. */
export function deployerEnvironment(emulator: Emulator, home: string): Environment {
  return {
    ...emulator.env,
    // The CDK keeps which key is of which account there.
    HOME: home,
    // The emulator reads templates out of its own S3, whatever the host, but takes the bucket from the host's name.
    AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION: `https://s3.${REGION}.amazonaws.com`,
    // Most of the time of a synthesis, and done by the tests of the constructs.
    CDK_VALIDATION: 'false',
  };
}

/** A config of both accounts. @param database lines of the one entry of `databases` */
export function configOf(database: readonly string[]): string {
  return `environment: prod
region: ${REGION}
vault: s3://rds-backup-layer2-prod
databases:
  - ${database.join('\n    ')}
backupAccount:
  account: "${BACKUP_ACCOUNT}"
  roleArn: arn:aws:iam::${BACKUP_ACCOUNT}:role/Deploy
sourceAccount:
  account: "${SOURCE_ACCOUNT}"
  roleArn: arn:aws:iam::${SOURCE_ACCOUNT}:role/Deploy
`;
}
