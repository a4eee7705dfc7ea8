/** `holdfast policy role` and `bucket` by hand: which tags a role needs, and which roles need tags. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { policyDocument } from '../../../src/cli/json/aws-documents.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runJson } from '../cli/run-json.js';

const SOURCE = '111122223333';
const configOf = (databases: number, roles: string) => `
environment: prod
region: us-east-1
vault: s3://rds-backup-layer2-prod
kmsKeyArn: arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab
backupAccount: { account: '444455556666' }
sourceAccount: { account: '${SOURCE}', roles: ${roles} }
databases:
${Array.from({ length: databases }, (_, index) => `  - { name: db-${index}, host: h, dbName: d${index}, secretArn: 'arn:aws:secretsmanager:us-east-1:${SOURCE}:secret:db' }`).join('\n')}
`;

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(temporaryDirectory(), 'policy-'));
  await writeFile(join(cwd, 'few.yaml'), configOf(2, 'per-database'));
  await writeFile(join(cwd, 'many.yaml'), configOf(31, 'per-database'));
  await writeFile(join(cwd, 'shared.yaml'), configOf(2, 'shared'));
});
const policy = (...args: string[]) => runHoldfast(['policy', ...args], { cwd });

describe('A9: by hand', () => {
  it('a role is printed with the tags that bind it, beside the policy and not in it', async () => {
    const printed = await policy('role', 'db-1', '--config', 'few.yaml');
    expect(printed.code, printed.stderr).toBe(0);
    expect(JSON.parse(printed.stdout)).toHaveProperty('Statement');
    expect(printed.stderr).toMatch(/holdfast:database=db-1, holdfast:environment=prod/);
    const { policy: document } = await runJson(policyDocument, ['policy', 'role', 'db-1', '--config', 'few.yaml'], {
      cwd,
    });
    expect(document.tags).toEqual({ 'holdfast:database': 'db-1', 'holdfast:environment': 'prod' });
  });

  it.each(['bucket', 'key'])(
    'the policy of the %s says whose roles need tags, and nothing where it names them',
    async (kind) => {
      const many = await policy(kind, '--config', 'many.yaml');
      expect(many.stderr).toMatch(new RegExp(`roles of account ${SOURCE} by their tags: each needs holdfast:database`));
      expect(many.stdout).toContain('${aws:PrincipalTag/holdfast:database}');
      const few = await policy(kind, '--config', 'few.yaml');
      expect(few.stderr).toBe('');
      expect(few.stdout).not.toContain('PrincipalTag');
    },
  );

  it.each([['role'], ['bucket'], ['key']])('a role that all share is said to be bound to nothing: %s', async (kind) => {
    const shared = await policy(kind, '--config', 'shared.yaml');
    expect(shared.code, shared.stderr).toBe(0);
    expect(shared.stderr).toMatch(/nothing binds a job to the prefix of its database/);
  });
});
