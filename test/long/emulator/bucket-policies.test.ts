import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { POLICY_CASES, type PolicyCase } from '../../integration/emulator/bucket-policy-cases.js';
import { clientOptions } from '../../integration/emulator/stacks.js';

const emulator = useEmulator();
const Bucket = 'policy-cases';
type Caller = NonNullable<NonNullable<PolicyCase['request']>['as']>;
let callers: Readonly<Record<Caller, S3Client>>;

beforeAll(async () => {
  await emulator.aws('s3', 'mb', `s3://${Bucket}`);
  await emulator.aws('iam', 'create-user', '--user-name', 'writer');
  const key = JSON.parse(await emulator.aws('iam', 'create-access-key', '--user-name', 'writer')) as {
    AccessKey: { AccessKeyId: string; SecretAccessKey: string };
  };
  const sts = new STSClient(clientOptions(emulator));
  const RoleArn = 'arn:aws:iam::222222222222:role/writer';
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'build' }));
  const as = (accessKeyId: string, secretAccessKey: string, sessionToken?: string) =>
    new S3Client({ ...emulator.clientOptions, credentials: { accessKeyId, secretAccessKey, sessionToken } });
  callers = {
    root: as('testing', 'testing'),
    writer: as(key.AccessKey.AccessKeyId, key.AccessKey.SecretAccessKey),
    foreign: as(Credentials!.AccessKeyId!, Credentials!.SecretAccessKey!, Credentials!.SessionToken),
  };
});

const setPolicy = (...statements: readonly unknown[]) =>
  emulator.client.send(
    new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }),
  );

/** Whether a request was refused by the policy. */
async function isDenied({
  operation = 'put',
  key = 'layer2/appdb/a',
  options = {},
  headers = {},
  as = 'root',
}: NonNullable<PolicyCase['request']>) {
  const client = callers[as];
  const Key = key;
  const command = {
    put: () => new PutObjectCommand({ Bucket, Key, Body: 'x', ...options }),
    get: () => new GetObjectCommand({ Bucket, Key }),
    list: () => new ListObjectsV2Command({ Bucket, ...options }),
    multipart: () => new CreateMultipartUploadCommand({ Bucket, Key, ...options }),
    delete: () => new DeleteObjectCommand({ Bucket, Key }),
    tag: () => new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
    'delete-many': () => new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }),
  }[operation]() as PutObjectCommand;
  command.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: Record<string, string> }).headers, headers);
      return next(args);
    },
    { step: 'build' },
  );
  try {
    const answer = (await client.send(command)) as { Errors?: readonly { Code?: string }[] };
    return answer.Errors?.[0]?.Code === 'AccessDenied';
  } catch (error) {
    // What lets a request through may still find the object that is there.
    if ((error as Error).name === 'PreconditionFailed') return false;
    expect(error).toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    return true;
  }
}

describe('a bucket policy', () => {
  it.each(POLICY_CASES)('decides on a request when $title', async ({ statement, request = {}, denied }) => {
    await setPolicy({
      Sid: 'Nothing',
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:*',
      Resource: `arn:aws:s3:::${Bucket}/none`,
    });
    await callers.root.send(new PutObjectCommand({ Bucket, Key: request.key ?? 'layer2/appdb/a', Body: 'before' }));
    await setPolicy(statement);
    expect(await isDenied(request)).toBe(denied);
  });

  it.each([
    [
      'an operator that there is not',
      { Condition: { StringResembles: { 'aws:PrincipalArn': 'a' } } },
      /StringResembles/,
    ],
    ['no principal', { Principal: undefined }, /Principal/],
    ['a principal that is none', { Principal: { AWS: 'somebody' } }, /somebody/],
    ['an effect that is none', { Effect: 'Maybe' }, /Maybe/],
  ])('is refused with %s', async (_, change, words) => {
    const statement = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}`, ...change };
    await expect(setPolicy(statement)).rejects.toThrow(words);
  });

  it('says in the error who was refused what, and by which statement', async () => {
    await setPolicy({
      Sid: 'NoWrites',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${Bucket}/*`,
    });
    await expect(callers.writer.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))).rejects.toThrow(
      /user\/writer is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::policy-cases\/a .* NoWrites/,
    );
  });
});

describe('while policies are enforced', () => {
  const allow = (more: Readonly<Record<string, unknown>> = {}) => ({
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::123456789012:user/writer' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/layer2/*`,
    ...more,
  });
  const put = (key: string, as: Caller = 'writer') => emulator.enforcing(() => isDenied({ key, as }));

  it("lets a caller of the bucket's account do what the bucket policy alone allows, and nothing else", async () => {
    await setPolicy(allow());
    expect(await put('layer2/appdb/a')).toBe(false);
    expect(await put('elsewhere/a')).toBe(true);
    expect(await emulator.enforcing(() => isDenied({ operation: 'get', as: 'writer' }))).toBe(true);
  });

  it('asks for the leave of both sides from a caller of another account', async () => {
    await setPolicy(allow({ Principal: { AWS: '222222222222' } }));
    expect(await put('layer2/appdb/a', 'foreign')).toBe(true);
  });

  it('lets an explicit deny win', async () => {
    await setPolicy(allow(), allow({ Effect: 'Deny', Resource: `arn:aws:s3:::${Bucket}/layer2/other/*` }));
    expect(await put('layer2/appdb/a')).toBe(false);
    expect(await put('layer2/other/a')).toBe(true);
  });
});
