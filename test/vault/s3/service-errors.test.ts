import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.js';
import { serviceError, type Doing } from '../../../src/vault/s3/service-errors.js';

const writing: Doing = {
  what: 'Storing k',
  url: 's3://vault/p',
  bucket: 'vault',
  action: 's3:PutObject',
  writes: true,
};
const reading: Doing = { ...writing, what: 'Reading k', action: 's3:GetObject', writes: false };

function answer(name: string, status: number, fields: object = {}, message = `The fault ${name}`): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status }, ...fields });
}

function words(error: unknown, doing = writing): string {
  const { message, hint } = serviceError(error, doing);
  return `${message} | ${hint}`;
}

describe('what S3 refuses', () => {
  it('is unwritable or unreadable by what was being done', () => {
    const error = answer('InternalError', 500);
    expect(serviceError(error, writing)).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    expect(serviceError(error, reading)).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(words(error)).toContain('Storing k in s3://vault/p failed: The fault InternalError');
  });

  it.each<[string, unknown, RegExp]>([
    ['a bucket that is not there', answer('NoSuchBucket', 404), /there is no bucket vault/],
    [
      'a bucket in another region, by header',
      answer('UnknownError', 301, { $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } } }),
      /in the region eu-west-1.*AWS_REGION=eu-west-1/,
    ],
    [
      'a bucket in another region, by its answer',
      answer('AuthorizationHeaderMalformed', 400, { Region: 'eu-central-1' }),
      /AWS_REGION=eu-central-1/,
    ],
    ['a region that is not told', answer('PermanentRedirect', 301), /AWS_REGION to the region of the bucket/],
    ['expired credentials', answer('ExpiredToken', 400), /credentials have expired/],
    ['unknown credentials', answer('InvalidAccessKeyId', 403), /does not know the AWS credentials/],
    ['a wrong secret', answer('SignatureDoesNotMatch', 403), /signature/],
    ['a wrong clock', answer('RequestTimeTooSkewed', 403), /clock/],
    [
      'no credentials',
      Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }),
      /no AWS credentials.*AWS_PROFILE/,
    ],
    [
      'a disabled key',
      answer('KMS.DisabledException', 400),
      /KMS refused the key.*kms:GenerateDataKey and kms:Decrypt/,
    ],
    [
      'a key that the caller may not use',
      answer('AccessDenied', 403, {}, 'User: x is not authorized to perform: kms:Decrypt on this resource'),
      /KMS refused the key/,
    ],
    ['an action', answer('AccessDenied', 403), /s3:PutObject was refused.*s3:AbortMultipartUpload/],
    ['HEAD without a word', answer('UnknownError', 400), /credentials have expired, or AWS_REGION/],
  ])('says what to change: %s', (_, error, expected) => {
    expect(words(error)).toMatch(expected);
  });

  it('tells a reader that a role may only write, and that 403 can stand for an absent object', () => {
    expect(words(answer('AccessDenied', 403), reading)).toMatch(/write-only.*s3:ListBucket/);
  });

  it('keeps the words of AWS, which name the principal', () => {
    const said = 'User: arn:aws:iam::1:user/x is not authorized to perform: s3:PutObject on resource: "r"';
    expect(words(answer('AccessDenied', 403, {}, said))).toContain('arn:aws:iam::1:user/x');
  });

  it('leaves coded errors as they are', () => {
    const error = new HoldfastError('INTERRUPTED', 'Interrupted.');
    expect(serviceError(error, writing)).toBe(error);
  });

  it('never shows what S3 repeats of the request: tokens and signatures', () => {
    const error = serviceError(
      answer('ExpiredToken', 400, {
        'Token-0': 'the-session-token',
        CanonicalRequest: 'x-amz-security-token:the-session-token',
        $response: { headers: {}, body: 'the-session-token' },
      }),
      writing,
    );
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('the-session-token');
    expect((error.cause as Error).name).toBe('ExpiredToken');
  });
});
