import { beforeAll, describe, expect, it } from 'vitest';
import { BACKUP_ACCOUNT, CONFIG, REGION, SOURCE_ACCOUNT, templatesOf } from '../constructs/backup/backup-app.js';
import { decide as decideOn } from '../../src/audit/policies/decide.js';
import { parsePolicy } from '../../src/audit/policies/parse-policy.js';
import {
  decide,
  decideOnKey,
  EVERYTHING,
  KEY_ARN,
  requestOf,
  simulateRequest,
  type Policies,
} from './simulate-vault.js';
import { TemplatePolicies } from './template-policies.js';
import { describeCase, VAULT_CASES } from './vault-cases.js';

let policies: Policies;

beforeAll(async () => {
  const templates = await templatesOf(CONFIG);
  const common = { region: REGION, keyArn: KEY_ARN };
  policies = {
    source: new TemplatePolicies(templates.get('rds-pgdump-backup-prod')!, {
      ...common,
      account: SOURCE_ACCOUNT,
      parameters: { VaultKeyArn: KEY_ARN },
    }),
    backup: new TemplatePolicies(templates.get('rds-backup-layer2-prod')!, { ...common, account: BACKUP_ACCOUNT }),
  };
}, 120_000);

describe('by the synthesized policies', () => {
  it.each(VAULT_CASES.map((one) => [describeCase(one), one] as const))('%s', async (_, one) => {
    const decision = await decide(policies, one);
    expect(decision).toEqual({ allowed: one.allowed, ignored: [] });
    if (!one.allowed) return;
    for (const onKey of await decideOnKey(policies, one)) expect(onKey).toEqual({ allowed: true, ignored: [] });
  });

  const ofOtherAccounts = VAULT_CASES.filter(({ who }) => ['writer', 'stranger', 'other account'].includes(who));
  it.each(ofOtherAccounts.map((one) => [describeCase(one), one] as const))(
    '`deploy` decides as the simulator does: %s',
    (_, one) => {
      const { principal: roleArn, identity, action, resource, resourcePolicy, context } = requestOf(policies, one);
      const lower = Object.fromEntries(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
      const absent = [
        ...['s3:x-amz-server-side-encryption', 's3:x-amz-server-side-encryption-aws-kms-key-id'],
        ...['s3:x-amz-server-side-encryption-customer-algorithm', 's3:if-none-match', 's3:objectcreationoperation'],
        ...['kms:viaservice', 'kms:encryptioncontext:aws:s3:arn'],
      ].map((key) => [key, undefined]);
      const asked = {
        roleArn,
        action,
        resource,
        context: { ...(Object.fromEntries(absent) as Record<string, undefined>), ...lower },
      };
      const own = { statements: identity.flatMap(({ policy }) => parsePolicy(policy).statements) };
      const verdicts = [own, parsePolicy(resourcePolicy)].map((policy) => decideOn(policy, asked).verdict);
      expect(verdicts).not.toContain('undecided');
      expect(verdicts.every((verdict) => verdict === 'allowed')).toBe(one.allowed);
    },
  );

  it('has a sentence of its own for each case', () => {
    const sentences = VAULT_CASES.map(describeCase);
    expect(new Set(sentences).size).toBe(sentences.length);
  });
});

describe('A9: the tag that binds a role', () => {
  const role = 'rds-pgdump-codebuild-role-prod-appdb';
  const arn = `arn:aws:iam::${SOURCE_ACCOUNT}:role/${role}`;
  const administrator = `arn:aws:iam::${SOURCE_ACCOUNT}:role/Administrator`;
  const mayDo = async (principal: string, action: string) => {
    const { allowed } = await simulateRequest({
      principal,
      identity: principal === arn ? policies.source.identity(role) : principal === administrator ? EVERYTHING : [],
      action,
      resource: arn,
      account: SOURCE_ACCOUNT,
      resourcePolicy: action.startsWith('sts:') ? policies.source.trust(role) : undefined,
      context: principal.includes(':role/')
        ? { 'aws:PrincipalArn': principal }
        : {
            'aws:SourceAccount': SOURCE_ACCOUNT,
            'aws:SourceArn': `arn:aws:codebuild:${REGION}:${SOURCE_ACCOUNT}:project/rds-pgdump-backup-prod-appdb`,
          },
    });
    return allowed;
  };

  it('names the database of the role, and its environment', () =>
    expect(policies.source.tags(role)).toEqual({ 'holdfast:database': 'appdb', 'holdfast:environment': 'prod' }));

  it.each(['iam:TagRole', 'iam:UntagRole', 'iam:UpdateAssumeRolePolicy', 'iam:CreateRole'])(
    'is for the administrators of its account, and not for the role itself: %s',
    async (action) => {
      expect(await mayDo(administrator, action)).toBe(true);
      expect(await mayDo(arn, action)).toBe(false);
    },
  );

  it('cannot be overridden by the tags of a session: CodeBuild alone takes the role, and may give none', async () => {
    expect(await mayDo('codebuild.amazonaws.com', 'sts:AssumeRole')).toBe(true);
    expect(await mayDo('codebuild.amazonaws.com', 'sts:TagSession')).toBe(false);
    for (const principal of [arn, administrator]) {
      expect(await mayDo(principal, 'sts:AssumeRole')).toBe(false);
      expect(await mayDo(principal, 'sts:TagSession')).toBe(false);
    }
  });
});
