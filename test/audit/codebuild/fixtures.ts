import {
  codebuildCmk,
  codebuildLogs,
  codebuildNoPlaintextCredentials,
  codebuildNotPrivileged,
  codebuildNotPublic,
  codebuildSourceTrusted,
} from '../../../src/audit/codebuild/controls.js';
import { known } from '../../../src/audit/model/reading.js';
import { KEY_ARN } from '../facts-builder.js';
import { fixture, type Fixture } from '../fixture.js';

const variable = (name: string, value: string, type = 'PLAINTEXT') => ({
  environment: known([{ name, type, value }]),
});

const spec = (buildSpec: string) => ({ buildSpec: known(buildSpec) });

const from = (location: string, insecureTls = false) => ({
  sources: known([{ type: 'GITHUB', location, insecureTls }]),
});

export const CODEBUILD_FIXTURES: readonly Fixture[] = [
  fixture({
    control: codebuildNotPublic,
    reads: ['publicBuilds'],
    fails: [['Everyone can read its builds.', { publicBuilds: known(true) }]],
  }),
  fixture({
    control: codebuildSourceTrusted,
    reads: ['sources'],
    fails: [
      [
        'The address of its source https://git.example.com/app holds a credential.',
        from('https://user:token@git.example.com/app'),
      ],
      [
        'The address of its source https://git.example.com/app holds a credential.',
        from('https://t@git.example.com/app'),
      ],
      ['Its source http://git.example.com/app is read without TLS.', from('http://git.example.com/app')],
      [
        'The certificate of its source https://git.example.com/app is not checked.',
        from('https://git.example.com/app', true),
      ],
    ],
  }),
  fixture({
    control: codebuildNoPlaintextCredentials,
    reads: ['buildSpec', 'environment'],
    fails: [
      ['The variable PGPASSWORD contains a plaintext credential.', variable('PGPASSWORD', 'x')],
      ['The variable DB_PASSWORD_PROD contains a plaintext credential.', variable('DB_PASSWORD_PROD', 'x')],
      ['The variable signingKey contains a plaintext credential.', variable('signingKey', 'x')],
      [
        'The variable STORAGE contains what looks like a credential.',
        variable('STORAGE', 'AccountName=a;AccountKey=Zm9vYmFyYmF6'),
      ],
      [
        'The variable SETTINGS contains what looks like a credential.',
        variable('SETTINGS', '{\\"dbPassword\\": \\"hunter2\\"}'),
      ],
      ['The variable GITHUB_TOKEN contains a plaintext credential.', variable('GITHUB_TOKEN', 'x')],
      ['The variable CLIENT_SECRET contains a plaintext credential.', variable('CLIENT_SECRET', 'x')],
      ['The variable DB_PASS contains a plaintext credential.', variable('DB_PASS', 'x')],
      ['The variable DSN contains what looks like a credential.', variable('DSN', 'host=db user=app password=hunter2')],
      ['The variable CONFIG contains what looks like a credential.', variable('CONFIG', '{"password": "hunter2"}')],
      [
        'In the build spec: The variable DB_PASSWORD contains a plaintext credential.',
        spec('env: {variables: {DB_PASSWORD: hunter2}, secrets-manager: {API_TOKEN: "app:token"}}'),
      ],
      [
        'A command of the build spec sets PGPASSWORD to a plaintext credential.',
        spec('phases: {build: {commands: ["PGPASSWORD=hunter2 psql -h db"]}}'),
      ],
      [
        'The build spec contains what looks like a credential.',
        spec('phases: {build: {commands: ["psql postgres://app:hunter2@db/app"]}}'),
      ],
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
      ['Its logs in S3 are not encrypted.', { logs: known({ enabled: false, toS3: 'not encrypted' as const }) }],
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
