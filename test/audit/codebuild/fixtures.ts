import {
  codebuildCmk,
  codebuildLogs,
  codebuildNoPlaintextCredentials,
  codebuildNotPrivileged,
} from '../../../src/audit/codebuild/controls.js';
import { known } from '../../../src/audit/model/reading.js';
import { KEY_ARN } from '../facts-builder.js';
import { fixture, type Fixture } from '../fixture.js';

const variable = (name: string, value: string, type = 'PLAINTEXT') => ({
  environment: known([{ name, type, value }]),
});

export const CODEBUILD_FIXTURES: readonly Fixture[] = [
  fixture({
    control: codebuildNoPlaintextCredentials,
    reads: ['environment'],
    fails: [
      ['The variable PGPASSWORD contains a plaintext credential.', variable('PGPASSWORD', 'x')],
      ['The variable GITHUB_TOKEN contains a plaintext credential.', variable('GITHUB_TOKEN', 'x')],
      ['The variable CLIENT_SECRET contains a plaintext credential.', variable('CLIENT_SECRET', 'x')],
      ['The variable DB_PASS contains a plaintext credential.', variable('DB_PASS', 'x')],
      ['The variable STRIPE contains what looks like a credential.', variable('STRIPE', 'sk_live_4eC39HqLyjWDarjtT1')],
      ['The variable ID contains what looks like a credential.', variable('ID', 'AKIAIOSFODNN7EXAMPLE')],
      ['The variable URL contains what looks like a credential.', variable('URL', 'postgres://app:pw@db/app')],
    ],
  }),
  fixture({
    control: codebuildLogs,
    reads: ['logs', 'logGroup'],
    fails: [
      ['Logs are off.', { logs: known({ enabled: false }) }],
      [
        'Logs go to a group that CodeBuild creates: not encrypted with your key, and kept forever.',
        { logGroup: known(undefined) },
      ],
      ['The log group is not encrypted with a customer managed key.', { logGroup: known({ retentionDays: 1 }) }],
      ['The log group has no retention period.', { logGroup: known({ kmsKeyId: KEY_ARN }) }],
    ],
  }),
  fixture({
    control: codebuildCmk,
    reads: ['kmsKeyId'],
    fails: [
      ['It is not encrypted with a customer managed key.', { kmsKeyId: known(undefined) }],
      ['It is encrypted with the AWS managed key alias/aws/s3.', { kmsKeyId: known('alias/aws/s3') }],
    ],
  }),
  fixture({
    control: codebuildNotPrivileged,
    reads: ['privileged'],
    fails: [['Privileged mode is on.', { privileged: known(true) }]],
  }),
];
