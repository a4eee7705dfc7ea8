import { describe, expect, it } from 'vitest';
import { awsFailure } from '../../../src/cli/aws/aws-failures.js';

const request = { what: 'Looking for a bucket', action: 's3:ListBucket' };
const thrown = (name: string, httpStatusCode: number) =>
  Object.assign(new Error('UnknownError'), { name, $metadata: { httpStatusCode } });

describe('what a request to AWS failed of', () => {
  it.each([
    ['a HEAD that is denied, whose answer has no body', '403', 403, 'AWS_DENIED'],
    ['credentials that AWS does not know, with the same status', 'InvalidClientTokenId', 403, 'AWS_CREDENTIALS'],
    ['what is not there', 'NoSuchBucket', 404, 'AWS_MISSING'],
    ['an error of the service', 'InternalError', 500, 'AWS_FAILED'],
  ])('is told of %s', (_, name, status, code) => {
    expect(awsFailure(thrown(name, status), request)).toMatchObject({ code });
  });
});
