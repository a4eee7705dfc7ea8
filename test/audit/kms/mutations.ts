import { breaks, type Mutation } from '../mutation/mutation.js';

const KEY = 'fintech-data-layer/Key';
const STATEMENTS = 'Properties/KeyPolicy/Statement';
const VIA = `${STATEMENTS}/Sid=UseThroughServices/Condition/StringEquals/kms:ViaService`;

export const KMS_MUTATIONS: readonly Mutation[] = [
  breaks('the key does not rotate', ['kms-rotation-enabled'], {
    in: KEY,
    at: 'Properties/EnableKeyRotation',
    to: false,
  }),
  breaks('the key is disabled', ['kms-not-pending-deletion'], { in: KEY, at: 'Properties/Enabled', to: false }),
  breaks('everyone may describe the key', ['kms-no-foreign-access', 'kms-no-public-principal'], {
    in: KEY,
    at: `${STATEMENTS}/-`,
    to: { Effect: 'Allow', Principal: '*', Action: 'kms:DescribeKey', Resource: '*' },
  }),
  breaks('the key rotates every seven years', ['kms-rotation-enabled'], {
    in: KEY,
    at: 'Properties/RotationPeriodInDays',
    to: 2560,
  }),
  breaks('another account decrypts, through a service', ['kms-no-foreign-access'], {
    in: KEY,
    at: `${STATEMENTS}/-`,
    to: {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::999999999999:root' },
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition: { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } },
    },
  }),
  breaks('use without kms:ViaService', ['kms-via-service'], { in: KEY, at: VIA }),
  breaks('use through any service', ['kms-via-service'], { in: KEY, at: VIA, to: '*.us-east-1.amazonaws.com' }),
  breaks('grants without kms:ViaService, to anybody', ['kms-via-service'], {
    in: KEY,
    at: `${STATEMENTS}/Sid=GrantToServices/Condition`,
  }),
  breaks('logs of whatever account', ['kms-via-service'], {
    in: KEY,
    at: `${STATEMENTS}/Sid=EncryptLogGroups/Condition`,
  }),
  breaks("the vault's key is used without S3", ['kms-via-service'], {
    in: 'rds-backup-layer2-prod/VaultKey',
    at: `${STATEMENTS}/Sid=AllowReading/Condition/StringEquals`,
  }),
  breaks('administrators decrypt', ['kms-admins-cannot-use', 'kms-via-service'], {
    in: KEY,
    at: `${STATEMENTS}/Sid=AdministerWithoutUse/Action/-`,
    to: 'kms:Decrypt',
  }),
  breaks("administrators give grants to AWS's resources", ['kms-admins-cannot-use'], {
    in: KEY,
    at: `${STATEMENTS}/Sid=GrantToServices/Action`,
    to: ['kms:CreateGrant', 'kms:PutKeyPolicy'],
  }),
  breaks('a function decrypts with every key', ['kms-no-decrypt-on-all'], {
    in: 'fintech-data-layer/RotationsEncryptionKeyRotateRole',
    at: 'Properties/Policies/0/PolicyDocument/Statement/Sid=UseItsKey/Resource',
    to: '*',
  }),
];
