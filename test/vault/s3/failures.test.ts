import { describe, expect, it } from 'vitest';
import { isFailure, judgeFailure } from '../../../src/vault/s3/failures.js';

const answer = (name: string, httpStatusCode: number) =>
  Object.assign(new Error(`The fault ${name}`), { name, $metadata: { httpStatusCode } });
const system = (code: string) => Object.assign(new Error(code), { code });

describe('a failed request', () => {
  it.each<[string, unknown]>([
    ['500', answer('InternalError', 500)],
    ['503 of an unknown kind, as of a gateway', answer('UnknownError', 503)],
    ['429 of an unknown kind', answer('UnknownError', 429)],
    ['a reset connection', system('ECONNRESET')],
    ['a broken pipe', system('EPIPE')],
    ['an idle connection', Object.assign(new Error('the request socket timed out'), { name: 'TimeoutError' })],
    ['an answer that is no HTTP', system('HPE_INVALID_CONSTANT')],
    ['an answer that cannot be read', answer('SyntaxError', 200)],
  ])('may have been carried out, and is sent again, after %s', (_, error) => {
    expect(judgeFailure(error)).toMatchObject({ retryable: true, ambiguous: true });
  });

  it.each<[string, unknown]>([
    ['503 SlowDown', answer('SlowDown', 503)],
    ['409 ConditionalRequestConflict', answer('ConditionalRequestConflict', 409)],
    ['a damaged body', answer('BadDigest', 400)],
    ['a wrong clock, which the SDK has corrected', answer('RequestTimeTooSkewed', 403)],
    ['a refused connection', system('ECONNREFUSED')],
    ['an unknown host', system('ENOTFOUND')],
  ])('has not been carried out, and is sent again, after %s', (_, error) => {
    expect(judgeFailure(error)).toMatchObject({ retryable: true, ambiguous: false });
  });

  it.each<[string, unknown]>([
    ['403', answer('AccessDenied', 403)],
    ['404', answer('NoSuchBucket', 404)],
    ['412', answer('PreconditionFailed', 412)],
    ['412 in the body of a good answer, which the SDK calls 503', answer('PreconditionFailed', 503)],
    ['501', answer('NotImplemented', 501)],
    ['missing credentials', Object.assign(new Error('none'), { name: 'CredentialsProviderError' })],
    ['a defect', new TypeError('x is undefined')],
    ['anything at all', undefined],
  ])('is final after %s', (_, error) => {
    expect(judgeFailure(error)).toMatchObject({ retryable: false, ambiguous: false });
  });

  it('is known by its code or its status', () => {
    expect(isFailure(answer('NoSuchKey', 404), 'NoSuchKey')).toBe(true);
    expect(isFailure(answer('NoSuchKey', 404), 404)).toBe(true);
    expect(isFailure(answer('NoSuchKey', 404), 403, 'NoSuchBucket')).toBe(false);
  });
});
