import { beforeAll, describe, expect, it } from 'vitest';
import { BACKUP_ACCOUNT, CONFIG, REGION, SOURCE_ACCOUNT, templatesOf } from '../constructs/backup/backup-app.js';
import { decide, decideOnKey, KEY_ARN, type Policies } from './simulate-vault.js';
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

  it('has a sentence of its own for each case', () => {
    const sentences = VAULT_CASES.map(describeCase);
    expect(new Set(sentences).size).toBe(sentences.length);
  });
});
