import { describe, expect, it } from 'vitest';
import {
  completeSecretArns,
  projectName,
  scheduleName,
  sourceStackName,
  vaultBucketName,
  vaultKeyAlias,
  writerRoleName,
} from '../../src/policies/index.js';

describe('names on AWS', () => {
  it("are the source document's", () => {
    expect(vaultBucketName('prod')).toBe('rds-backup-layer2-prod');
    expect(vaultKeyAlias('prod')).toBe('alias/rds-backup-layer2-prod');
    expect(projectName('prod', 'appdb')).toBe('rds-pgdump-backup-prod-appdb');
    expect(writerRoleName('prod')).toBe('rds-pgdump-codebuild-role-prod');
    expect(writerRoleName('prod', 'appdb')).toBe('rds-pgdump-codebuild-role-prod-appdb');
  });

  it('are shortened to what the service takes, always in the same way, and stay different', () => {
    const long = 'a'.repeat(90);
    for (const name of [writerRoleName('prod', long), scheduleName('prod', long)]) expect(name).toHaveLength(64);
    expect(writerRoleName('prod', long)).toBe(writerRoleName('prod', long));
    expect(writerRoleName('prod', long)).not.toBe(writerRoleName('prod', `${long}b`));
  });

  it.each([
    [
      'a dot in the name of a project',
      () => projectName('prod', 'app.db'),
      /CodeBuild project: it may contain only letters, digits/,
    ],
    [
      'capitals in the name of a bucket',
      () => vaultBucketName('Prod'),
      /"rds-backup-layer2-Prod" cannot be the name of a bucket/,
    ],
  ])('refuse %s, and say what is taken', (_, name, message) => expect(name).toThrow(message));

  it('of stacks have hyphens for underscores, which CloudFormation does not take', () =>
    expect(sourceStackName('prod_eu')).toBe('rds-pgdump-backup-prod-eu'));
});

describe('completeSecretArns', () => {
  const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:111122223333:secret:${name}`;

  it.each([
    ['an ARN without the suffix', 'appdb', ['appdb-??????']],
    ['an ARN with it', 'appdb-AbC123', ['appdb-AbC123']],
    ['an ARN whose end may be either', 'app-secret', ['app-secret', 'app-secret-??????']],
    ['one with a digit at its end', 'customers-shard1', ['customers-shard1', 'customers-shard1-??????']],
  ])('matches %s, and no secret whose name only begins so', (_, given, expected) =>
    expect(completeSecretArns(arn(given))).toEqual(expected.map(arn)),
  );
});
