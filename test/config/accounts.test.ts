import { describe, expect, it } from 'vitest';
import { accountSettings, settingsOfSecret, type AccountSettings } from '../../src/config/accounts.js';
import { loadInlineConfig, type ConfigInput } from '../../src/config/index.js';
import { planVault } from '../../src/policies/index.js';

const [SOURCE, LAYER, BACKUP] = ['111122223333', '777788889999', '444455556666'];
const NETWORK = { network: { createCidr: '10.80.0.0/22' } };
const IN_SOURCE = { account: SOURCE, profile: 'source' };
const IN_LAYER = { account: LAYER, roleArn: `arn:aws:iam::${LAYER}:role/Deploy` };
const BASE: ConfigInput = {
  environment: 'prod',
  region: 'us-east-1',
  vault: 's3://rds-backup-layer2-prod',
  databases: [{ dbName: 'shop', host: 'db.internal' }],
};
const secretArn = (account: string) => `arn:aws:secretsmanager:us-east-1:${account}:secret:db-AbCdEf`;
const withSecret = (account: string): ConfigInput => ({
  ...BASE,
  databases: [{ dbName: 'shop', host: 'db.internal', secretArn: secretArn(account) }],
});

async function configOf(input: ConfigInput) {
  return (await loadInlineConfig({ name: 'test', text: JSON.stringify(input), directory: '/' })).config;
}

describe('A3: the accounts of a config', () => {
  it.each<[string, ConfigInput, AccountSettings, AccountSettings]>([
    [
      'each section names its own',
      { ...BASE, sourceAccount: IN_SOURCE, dataLayer: { ...NETWORK, ...IN_LAYER } },
      IN_SOURCE,
      IN_LAYER,
    ],
    [
      'a data layer that says nothing is in the source account',
      { ...BASE, sourceAccount: IN_SOURCE, dataLayer: NETWORK },
      IN_SOURCE,
      IN_SOURCE,
    ],
    [
      'a data layer that names the same account signs in the same way',
      { ...BASE, sourceAccount: IN_SOURCE, dataLayer: { ...NETWORK, account: SOURCE } },
      IN_SOURCE,
      IN_SOURCE,
    ],
    [
      'a profile of the source account is not taken for another account',
      { ...BASE, sourceAccount: IN_SOURCE, dataLayer: { ...NETWORK, account: LAYER } },
      IN_SOURCE,
      { account: LAYER },
    ],
    [
      "without a section for it, the source account is the data layer's",
      { ...BASE, dataLayer: { ...NETWORK, ...IN_LAYER } },
      IN_LAYER,
      IN_LAYER,
    ],
    [
      "a source account that only a secret names is not the data layer's",
      { ...withSecret(SOURCE), dataLayer: { ...NETWORK, ...IN_LAYER } },
      { account: SOURCE },
      IN_LAYER,
    ],
    [
      'two profiles alone stay two places',
      { ...BASE, sourceAccount: { profile: 'source' }, dataLayer: { ...NETWORK, profile: 'layer' } },
      { profile: 'source' },
      { profile: 'layer' },
    ],
  ])('%s', async (_, input, source, dataLayer) => {
    const settings = accountSettings(await configOf(input));
    expect(settings.source).toEqual(source);
    expect(settings.dataLayer).toEqual(dataLayer);
  });

  it('are those that the policies are made for', async () => {
    const keyArn = `arn:aws:kms:us-east-1:${BACKUP}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
    const config = await configOf({ ...withSecret(SOURCE), kmsKeyArn: keyArn });
    const { source, backup } = accountSettings(config);
    const plan = planVault(config);
    expect([source.account, backup.account]).toEqual([SOURCE, BACKUP]);
    expect([plan.sourceAccount, plan.backupAccount]).toEqual([SOURCE, BACKUP]);
  });

  it('say where a secret is: by its ARN, and by a name of the data layer', async () => {
    const config = await configOf({ ...BASE, sourceAccount: IN_SOURCE, dataLayer: { ...NETWORK, ...IN_LAYER } });
    expect(settingsOfSecret(config, 'fintech/api-keys')).toEqual(IN_LAYER);
    expect(settingsOfSecret(config, secretArn(LAYER))).toEqual(IN_LAYER);
    expect(settingsOfSecret(config, secretArn(SOURCE))).toEqual(IN_SOURCE);
    expect(settingsOfSecret(config, 'shop-login')).toEqual(IN_SOURCE);
    expect(settingsOfSecret(undefined, 'shop-login')).toEqual({});
  });
});
