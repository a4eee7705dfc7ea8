/** Secrets of the account: everything about them, but never a value. */
import {
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  GetResourcePolicyCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
} from '@aws-sdk/client-secrets-manager';
import { parsedPolicy } from '../live/policies.js';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { tagsOf } from '../live/tags.js';
import { known, mapReading, type Reading } from '../model/reading.js';
import { rotationDays, type SecretFact } from './facts.js';

export async function readSecrets(aws: AwsReader): Promise<Reading<readonly SecretFact[]>> {
  const secrets = await aws.list({
    action: 'secretsmanager:ListSecrets',
    subject: { kind: 'secrets', attributes: [] },
    page: (NextToken) => new ListSecretsCommand({ NextToken, MaxResults: 100 }),
    send: (command, options) => aws.clients.secrets.send(command, options),
    next: ({ NextToken }) => NextToken,
    items: ({ SecretList }) => SecretList,
  });
  if ('unknown' in secrets) return secrets;
  const concerned = secrets.value.filter(({ Name = '' }) => aws.concerns(Name, aws.options.declared.secrets));
  return known(
    await mapBounded(concerned, aws.resourcesAtOnce, ({ ARN = '', Name = '' }) => readSecret(aws, ARN, Name)),
  );
}

async function readSecret(aws: AwsReader, arn: string, name: string): Promise<SecretFact> {
  const about = (...attributes: (keyof SecretFact)[]) => ({ kind: 'secrets', resource: arn, attributes }) as const;
  const [secret, versions, policy] = await Promise.all([
    aws.read(
      {
        action: 'secretsmanager:DescribeSecret',
        subject: about(
          'tags',
          'kmsKeyId',
          'hasCurrentValue',
          'rotation',
          'lastRotated',
          'created',
          'pendingVersion',
          'owningService',
        ),
        command: new DescribeSecretCommand({ SecretId: arn }),
        send: (command, options) => aws.clients.secrets.send(command, options),
      },
      (output) => output,
    ),
    // DescribeSecret's own date of the last change counts tags and settings too.
    aws.list({
      action: 'secretsmanager:ListSecretVersionIds',
      subject: about('lastChanged'),
      page: (NextToken) => new ListSecretVersionIdsCommand({ SecretId: arn, NextToken }),
      send: (command, options) => aws.clients.secrets.send(command, options),
      next: ({ NextToken }) => NextToken,
      items: ({ Versions }) => Versions,
    }),
    aws.read(
      {
        action: 'secretsmanager:GetResourcePolicy',
        subject: about('policy'),
        command: new GetResourcePolicyCommand({ SecretId: arn }),
        send: (command, options) => aws.clients.secrets.send(command, options),
      },
      ({ ResourcePolicy }) => ResourcePolicy,
    ),
  ]);
  const stages = mapReading(secret, ({ VersionIdsToStages }) => Object.values(VersionIdsToStages ?? {}));
  return {
    id: arn,
    name,
    tags: mapReading(secret, ({ Tags }) => tagsOf(Tags)),
    optOuts: [],
    kmsKeyId: mapReading(secret, ({ KmsKeyId }) => KmsKeyId),
    hasCurrentValue: mapReading(stages, (all) => all.some((one) => one.includes('AWSCURRENT'))),
    rotation: mapReading(secret, rotationOf),
    lastRotated: mapReading(secret, ({ LastRotatedDate }) => LastRotatedDate),
    lastChanged: mapReading(
      versions,
      (all) => all.find(({ VersionStages = [] }) => VersionStages.includes('AWSCURRENT'))?.CreatedDate,
    ),
    created: mapReading(secret, ({ CreatedDate }) => CreatedDate),
    pendingVersion: mapReading(stages, (all) =>
      all.some((one) => one.includes('AWSPENDING') && !one.includes('AWSCURRENT')),
    ),
    policy: parsedPolicy(policy, name),
    owningService: mapReading(secret, ({ OwningService }) => OwningService),
  };
}

function rotationOf({
  RotationEnabled,
  RotationLambdaARN,
  RotationRules,
}: DescribeSecretCommandOutput): { enabled: boolean; days?: number; lambdaArn?: string } | undefined {
  if (RotationEnabled !== true && RotationLambdaARN === undefined) return undefined;
  return {
    enabled: RotationEnabled === true,
    days: rotationDays(RotationRules ?? {}),
    ...(RotationLambdaARN !== undefined && { lambdaArn: RotationLambdaARN }),
  };
}
