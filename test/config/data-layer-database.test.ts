import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../src/config/index.js';
import { loadInlineConfig } from '../../src/config/index.js';

const BASE: ConfigInput = {
  region: 'us-east-1',
  dataLayer: { account: '111122223333' },
  defaults: { host: 'elsewhere', iam: true, user: 'dumper', compression: 'none' },
};

async function load(input: ConfigInput) {
  const { config } = await loadInlineConfig({ name: 'test', text: JSON.stringify(input), directory: '/' });
  return config;
}

describe('a database with dataLayer', () => {
  it('takes server and login from the secret of the data layer, and the rest from the defaults', async () => {
    const config = await load({ ...BASE, databases: [{ dbName: 'ledger', dataLayer: true }] });
    expect(config.databases).toMatchObject([
      {
        name: 'ledger',
        inDataLayer: true,
        secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:fintech/backup-credentials',
        host: undefined,
        user: undefined,
        iam: false,
        compression: 'none',
      },
    ]);
  });

  it('takes the account of sourceAccount where the data layer names none', async () => {
    const input: ConfigInput = { ...BASE, dataLayer: { prefix: 'acme' }, sourceAccount: { account: '444455556666' } };
    const config = await load({ ...input, databases: [{ dbName: 'ledger', dataLayer: true }] });
    expect(config.databases[0]?.secretArn).toContain(':444455556666:secret:acme/backup-credentials');
  });

  it.each<[string, ConfigInput, string]>([
    ['a host beside it', { databases: [{ dbName: 'a', dataLayer: true, host: 'h' }] }, 'databases[0].host'],
    [
      'no section dataLayer',
      { dataLayer: undefined, databases: [{ dbName: 'a', dataLayer: true }] },
      'no section dataLayer',
    ],
    ['no cluster', { dataLayer: { parts: ['redis'] }, databases: [{ dbName: 'a', dataLayer: true }] }, 'has no aurora'],
    ['no account', { dataLayer: {}, databases: [{ dbName: 'a', dataLayer: true }] }, 'ARN of its secret is not known'],
    [
      'no Region',
      { region: undefined, databases: [{ dbName: 'a', dataLayer: true }] },
      'ARN of its secret is not known',
    ],
  ])('%s is refused', async (_name, input, message) => {
    await expect(load({ ...BASE, ...input })).rejects.toThrow(message);
  });
});
