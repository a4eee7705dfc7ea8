import { breaks, type Mutation } from '../mutation/mutation.js';

const SECRET = 'fintech-data-layer/SecretsRedisAuth';
const SCHEDULE = 'fintech-data-layer/RotationsRedisAuthSchedule';

export const SECRETS_MUTATIONS: readonly Mutation[] = [
  breaks('a secret has another name', ['secrets-exist'], {
    in: 'fintech-data-layer/SecretsBackupUser',
    at: 'Properties/Name',
    to: 'fintech/other',
  }),
  breaks("AWS's key", ['secrets-cmk'], { in: SECRET, at: 'Properties/KmsKeyId' }),
  breaks(
    'a key that the config does not declare',
    ['secrets-cmk'],
    {
      in: 'fintech-data-layer/OtherKey',
      at: '',
      to: {
        Type: 'AWS::KMS::Key',
        Properties: {
          EnableKeyRotation: true,
          KeyPolicy: {
            Statement: {
              Effect: 'Allow',
              Principal: { AWS: 'arn:aws:iam::111122223333:root' },
              Action: 'kms:DescribeKey',
              Resource: '*',
            },
          },
        },
      },
    },
    {
      in: 'fintech-data-layer/OtherAlias',
      at: '',
      to: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/other', TargetKeyId: { Ref: 'OtherKey' } } },
    },
    { in: SECRET, at: 'Properties/KmsKeyId', to: 'alias/other' },
  ),
  breaks('no rotation', ['secrets-rotation'], { in: SCHEDULE, at: '' }),
  breaks('rotation once a year', ['secrets-rotation'], {
    in: SCHEDULE,
    at: 'Properties/RotationRules/AutomaticallyAfterDays',
    to: 365,
  }),
  breaks('API keys that nobody looks after', ['secrets-rotation'], {
    in: 'fintech-data-layer/SecretsApiKeys',
    at: 'Properties/Tags',
  }),
  breaks('another account reads', ['secrets-policy'], {
    in: 'fintech-data-layer/Open',
    at: '',
    to: {
      Type: 'AWS::SecretsManager::ResourcePolicy',
      Properties: {
        SecretId: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:fintech/redis-auth-??????',
        ResourcePolicy: {
          Statement: {
            Effect: 'Allow',
            Principal: { AWS: '999999999999' },
            Action: 'secretsmanager:GetSecretValue',
            Resource: '*',
          },
        },
      },
    },
  }),
];
