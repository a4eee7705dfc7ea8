import { describe, expect, it } from 'vitest';
import { keyArnProblem, regionProblem, secretArnProblem } from '../../src/config/aws-values.js';

const KEY = '1234abcd-12ab-34cd-56ef-1234567890ab';

describe('regionProblem', () => {
  it.each(['us-east-1', 'ap-southeast-2', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1'])('takes %s', (text) =>
    expect(regionProblem(text)).toBeUndefined(),
  );
  it.each(['useast1', 'us-east-1a', 'US-EAST-1', ''])('refuses %j', (text) =>
    expect(regionProblem(text)).toMatch(/code of an AWS Region/),
  );
});

describe('keyArnProblem', () => {
  it.each([
    `arn:aws:kms:us-east-1:111122223333:key/${KEY}`,
    'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab',
  ])('takes %s', (text) => expect(keyArnProblem(text)).toBeUndefined());
  it('refuses a bare key id, which never matches in the policy', () =>
    expect(keyArnProblem(KEY)).toMatch(/bare key id never matches/));
  it.each(['alias/vault', 'arn:aws:kms:us-east-1:111122223333:alias/vault'])('refuses the alias %s', (text) =>
    expect(keyArnProblem(text)).toMatch(/not an alias/),
  );
  it('refuses an account number of 11 digits', () =>
    expect(keyArnProblem(`arn:aws:kms:us-east-1:11112222333:key/${KEY}`)).toMatch(/full ARN/));
});

describe('secretArnProblem', () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:';
  it.each([`${arn}appdb`, `${arn}appdb-AbC123`, `${arn}rds!cluster-1f-AbC123`, `${arn}fintech/db`])(
    'takes %s',
    (text) => expect(secretArnProblem(text)).toBeUndefined(),
  );
  it.each(['appdb', arn, 'arn:aws:ssm:us-east-1:111122223333:parameter/x'])('refuses %s', (text) =>
    expect(secretArnProblem(text)).toMatch(/ARN of the secret/),
  );
});
