import { describe, expect, it } from 'vitest';
import {
  accountOfArn,
  bucketOfArn,
  formatArn,
  keyArnProblem,
  parseArn,
  partitionOf,
  regionProblem,
  secretArnProblem,
} from '../../src/syntax/arn.js';

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

describe('the parts of an ARN', () => {
  it.each([
    ['arn:aws:iam::111122223333:root', '111122223333'],
    ['arn:aws-cn:logs:cn-north-1:111122223333:log-group:*', '111122223333'],
    ['arn:aws:s3:::bucket', ''],
    ['arn:aws:iam::${AWS::AccountId}:role/x', '${AWS::AccountId}'],
    ['arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/x', '${AWS::AccountId}'],
  ])('%s is of the account %j, and is written as it was', (text, account) => {
    const arn = parseArn(text);
    expect(arn?.account).toBe(account);
    expect(arn && formatArn(arn)).toBe(text);
  });

  it.each([
    'AROAEXAMPLE',
    `arn:${'${a}'.repeat(500)}`,
    'arn:aws:iam',
    'arn:aws:iam::111122223333:',
    'ARN:aws:iam::111122223333:root',
  ])('%s is none', (text) => expect(parseArn(text)).toBeUndefined());

  it('an account is one by its twelve digits', () => {
    expect(accountOfArn('arn:aws:iam::111122223333:root')).toBe('111122223333');
    for (const text of [
      'arn:aws:s3:::bucket',
      'arn:aws:iam::aws:policy/x',
      'arn:aws:iam::${AWS::AccountId}:root',
      undefined,
    ])
      expect(accountOfArn(text)).toBeUndefined();
  });

  it('a bucket is named by its ARN or its name, and an access point is none', () => {
    expect(bucketOfArn('arn:aws:s3:::bucket')).toBe('bucket');
    expect(bucketOfArn('bucket')).toBe('bucket');
    const accessPoint = 'arn:aws:s3:us-east-1:111122223333:accesspoint/a';
    expect(bucketOfArn(accessPoint)).toBe(accessPoint);
  });
});

describe('the partition', () => {
  it.each([
    ['us-east-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['eusc-de-east-1', 'aws-eusc'],
  ])('of %s is %s', (region, partition) => expect(partitionOf(region)).toBe(partition));

  it('has to be that of the Region', () => {
    expect(keyArnProblem(`arn:aws:kms:cn-north-1:111122223333:key/${KEY}`)).toBe(
      'ARNs in cn-north-1 begin with arn:aws-cn, not arn:aws.',
    );
    expect(secretArnProblem('arn:aws-cn:secretsmanager:us-east-1:111122223333:secret:a')).toMatch(
      /begin with arn:aws,/,
    );
  });
});
