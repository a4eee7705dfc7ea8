import {
  kmsAdminsCannotUse,
  kmsNoDecryptOnAll,
  kmsNoPublicPrincipal,
  kmsNotPendingDeletion,
  kmsRotationEnabled,
  kmsViaService,
} from '../../../src/audit/kms/controls.js';
import { known } from '../../../src/audit/model/reading.js';
import { kmsNoForeignAccess } from '../../../src/audit/kms/kms-no-foreign-access.js';
import { ACCOUNT, allow, KEY_ARN, policyOf, ROOT, STRANGER, ROLE_ARN } from '../facts-builder.js';
import { fixture, type Fixture } from '../fixture.js';

const policy = (...statements: readonly unknown[]) => ({ policy: known(policyOf(...statements)) });
const decrypt = (more: Readonly<Record<string, unknown>>) => ({
  policies: known([{ name: 'p', document: policyOf(allow('kms:Decrypt', more)) }]),
});
const via = (service: string) => ({ StringLike: { 'kms:ViaService': `${service}.us-east-1.amazonaws.com` } });
const DECRYPTION = allow('kms:Decrypt', { Sid: 'Use', Principal: ROOT });

const SERVICE_GRANT = { id: '1', grantee: 'rds.amazonaws.com', operations: ['Decrypt'] };

export const KMS_FIXTURES: readonly Fixture[] = [
  fixture({
    control: kmsRotationEnabled,
    declared: { keyAliases: ['alias/data'] },
    reads: ['customerManaged', 'keySpec', 'origin', 'rotationEnabled', 'rotationPeriod'],
    fails: [
      ['Automatic rotation is off.', { rotationEnabled: known(false) }],
      ['It rotates every 2560 days; at most 366 are allowed.', { rotationPeriod: known(2560) }],
    ],
  }),
  fixture({
    control: kmsNotPendingDeletion,
    reads: ['customerManaged', 'state'],
    fails: [
      ['The key is PendingDeletion.', { state: known('PendingDeletion' as const) }],
      ['The key is Disabled.', { state: known('Disabled' as const) }],
    ],
  }),
  fixture({
    control: kmsNoPublicPrincipal,
    reads: ['customerManaged', 'policy'],
    fails: [
      ['The statement Open allows everyone kms:*.', policy(allow('kms:*', { Sid: 'Open', Principal: '*' }))],
      [
        'A statement without Sid allows everyone kms:Decrypt.',
        policy(
          allow('kms:Decrypt', { Principal: { AWS: '*' }, Condition: { StringLike: { 'kms:CallerAccount': '*' } } }),
        ),
      ],
      [
        'A statement without Sid allows everyone kms:Decrypt.',
        policy(
          allow('kms:Decrypt', {
            Principal: '*',
            Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/app' } },
          }),
        ),
      ],
    ],
  }),
  fixture({
    control: kmsNoForeignAccess,
    declared: { trustedAccounts: ['444455556666'] },
    reads: ['customerManaged', 'policy', 'grants'],
    fails: [
      [
        `The statement Foreign allows account ${STRANGER}, which the config does not name.`,
        policy(
          allow('kms:Decrypt', {
            Sid: 'Foreign',
            Principal: { AWS: `arn:aws:iam::${STRANGER}:root` },
            Condition: via('s3'),
          }),
        ),
      ],
      [
        'The statement Open allows everyone kms:Decrypt.',
        policy(allow('kms:Decrypt', { Sid: 'Open', Principal: '*', Condition: via('s3') })),
      ],
      [
        `The grant 7 allows account ${STRANGER} Decrypt, CreateGrant; the config does not name it.`,
        {
          grants: known([
            { id: '6', grantee: 'arn:aws:iam::444455556666:role/w', operations: ['Decrypt'] },
            { id: '7', grantee: `arn:aws:iam::${STRANGER}:role/x`, operations: ['Decrypt', 'CreateGrant'] },
          ]),
        },
      ],
      [
        `The grant 8 can be ended by account ${STRANGER}; the config does not name it.`,
        { grants: known([{ ...SERVICE_GRANT, id: '8', retiring: `arn:aws:iam::${STRANGER}:root` }]) },
      ],
    ],
  }),
  fixture({
    control: kmsViaService,
    declared: { keyAliases: ['alias/data'] },
    reads: ['customerManaged', 'policy', 'grants'],
    fails: [
      [
        `The grant 9 allows ${ROLE_ARN} Decrypt without kms:ViaService.`,
        {
          grants: known([
            SERVICE_GRANT,
            {
              id: '2',
              grantee: `arn:aws:sts::${ACCOUNT}:assumed-role/aws:ec2-infrastructure/i-1`,
              operations: ['Decrypt'],
            },
            { id: '9', grantee: ROLE_ARN, operations: ['Decrypt', 'DescribeKey'] },
          ]),
        },
      ],
      ['The statement Use allows kms:Decrypt without kms:ViaService.', policy(DECRYPTION)],
      [
        'The statement Use allows kms:Decrypt through every service: *.us-east-1.amazonaws.com.',
        policy({ ...DECRYPTION, Condition: via('*') }),
      ],
      [
        'The statement Logs lets the service logs.amazonaws.com use the key on behalf of any account.',
        policy(allow('kms:Decrypt', { Sid: 'Logs', Principal: { Service: 'logs.amazonaws.com' } })),
      ],
      [
        'The statement Logs binds the service logs.amazonaws.com by kms:ViaService, which never matches a service that acts on its own behalf.',
        policy(
          allow('kms:Decrypt', { Sid: 'Logs', Principal: { Service: 'logs.amazonaws.com' }, Condition: via('s3') }),
        ),
      ],
      [
        'The statement Grant allows kms:CreateGrant without kms:ViaService, and not only for AWS resources.',
        policy(allow('kms:CreateGrant', { Sid: 'Grant', Principal: ROOT })),
      ],
      [
        'It can be used through elasticache, but nothing here uses that service.',
        policy({ ...DECRYPTION, Condition: via('elasticache') }),
        { facts: { replicationGroups: known([]) } },
      ],
    ],
  }),
  fixture({
    control: kmsAdminsCannotUse,
    reads: ['customerManaged', 'policy'],
    fails: [
      [
        'The statement All allows administration and kms:Decrypt together.',
        policy(allow(['kms:PutKeyPolicy', 'kms:Decrypt'], { Sid: 'All', Principal: ROOT })),
      ],
      [
        'The statement All lets administrators create grants, with which they can allow themselves to decrypt.',
        policy(allow(['kms:PutKeyPolicy', 'kms:CreateGrant'], { Sid: 'All', Principal: ROOT })),
      ],
      [
        'arn:aws:iam::111122223333:role/a administers the key by the statement Admin, and the statement Use also allows it kms:Decrypt.',
        policy(
          allow('kms:PutKeyPolicy', { Sid: 'Admin', Principal: { AWS: 'arn:aws:iam::111122223333:role/a' } }),
          allow('kms:Decrypt', { Sid: 'Use', Principal: { AWS: 'arn:aws:iam::111122223333:role/a' } }),
        ),
      ],
    ],
  }),
  fixture({
    control: kmsNoDecryptOnAll,
    reads: ['policies'],
    fails: [
      ...['*', 'arn:aws:kms:*', 'arn:aws:kms:*:*:key/*', `${KEY_ARN.split('/')[0]}/*`].map(
        (Resource) => ['The policy p allows kms:Decrypt on every key.', decrypt({ Resource })] as const,
      ),
      ...[`${KEY_ARN.split('/')[0]}/*a*`, `${KEY_ARN.split('/')[0]}/mrk-*`].map(
        (Resource) =>
          [`The policy p allows kms:Decrypt on whatever key ${Resource} meets.`, decrypt({ Resource })] as const,
      ),
      [
        'The policy p allows kms:ReEncryptFrom on every key.',
        { policies: known([{ name: 'p', document: policyOf(allow('kms:ReEncrypt*')) }]) },
      ],
    ],
  }),
];
