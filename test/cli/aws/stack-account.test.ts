import { describe, expect, it } from 'vitest';
import { stackAccounts } from '../../../src/cli/aws/stack-account.js';
import { loadInlineConfig, type ConfigInput } from '../../../src/config/index.js';

const LAYER = { network: { createCidr: '10.80.0.0/22' } };
const SOURCE = { account: '111122223333', profile: 'source' };
const BACKUPS: ConfigInput = {
  environment: 'prod',
  region: 'us-east-1',
  vault: 's3://rds-backup-layer2-prod',
  databases: [{ dbName: 'shop', host: 'db.internal' }],
  backupAccount: { account: '444455556666', roleArn: 'arn:aws:iam::444455556666:role/Deploy' },
  sourceAccount: SOURCE,
};

async function accountsOf(input: ConfigInput) {
  const text = JSON.stringify(input);
  return stackAccounts((await loadInlineConfig({ name: 'test', text, directory: '/' })).config);
}

describe('a stack is deployed with the credentials', () => {
  it('of its own section', async () => {
    const layer = { ...LAYER, account: '777788889999', roleArn: 'arn:aws:iam::777788889999:role/Deploy' };
    const accountOf = await accountsOf({ ...BACKUPS, dataLayer: layer });
    expect(accountOf('rds-backup-layer2-prod')).toMatchObject({
      place: 'the backup account',
      settings: { account: '444455556666', roleArn: 'arn:aws:iam::444455556666:role/Deploy' },
      isBackup: true,
    });
    expect(accountOf('rds-pgdump-backup-prod')).toMatchObject({ place: 'the source account', settings: SOURCE });
    expect(accountOf('fintech-data-layer')).toMatchObject({
      place: 'the account of the data layer',
      settings: { account: '777788889999', roleArn: layer.roleArn, profile: undefined },
    });
  });

  it.each([{}, { account: SOURCE.account }])('of the source account where the data layer says %o', async (own) => {
    const accountOf = await accountsOf({ ...BACKUPS, dataLayer: { ...LAYER, ...own } });
    expect(accountOf('fintech-data-layer').settings).toMatchObject(SOURCE);
  });

  it("of the environment, and not the source account's, where the data layer names another account alone", async () => {
    const accountOf = await accountsOf({ ...BACKUPS, dataLayer: { ...LAYER, account: '777788889999' } });
    expect(accountOf('fintech-data-layer').settings).toEqual({ account: '777788889999' });
  });

  it('of the data layer where the config has nothing else', async () => {
    const layer = { ...LAYER, account: '777788889999', profile: 'data' };
    const accountOf = await accountsOf({ region: 'us-east-1', dataLayer: layer });
    expect(accountOf('fintech-data-layer').settings).toMatchObject({ account: '777788889999', profile: 'data' });
  });
});
