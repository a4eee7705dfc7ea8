import { describe, expect, it } from 'vitest';
import { declaredFrom } from '../../src/audit/declared-from-config.js';
import { factsFromTemplates, toStackTemplate } from '../../src/audit/facts-from-templates.js';
import { NOTHING_DECLARED } from '../../src/audit/model/declared.js';
import { valueOf } from '../../src/audit/model/reading.js';
import type { ConfigInput } from '../../src/config/index.js';
import {
  appOf,
  BACKUP_ACCOUNT,
  CONFIG,
  configOf,
  OTHER_ACCOUNT,
  SOURCE_ACCOUNT,
} from '../constructs/backup/backup-app.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const BASE = { environment: 'prod', region: 'us-east-1', vault: 's3://rds-backup-layer2-prod' } as const;
const LAYER: ConfigInput = {
  ...BASE,
  backupAccount: { account: BACKUP_ACCOUNT },
  sourceAccount: {
    account: SOURCE_ACCOUNT,
    build: { image: `${SOURCE_ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/holdfast-worker:18` },
  },
  dataLayer: { network: { createCidr: '10.80.0.0/22' }, secrets: [{ name: 'fintech/webhooks' }] },
  databases: [{ dbName: 'appdb', dataLayer: true }],
};

const declared = async (input: ConfigInput, account?: string) => declaredFrom(await configOf(input), account);

describe('what a config declares', () => {
  it('is what its stacks make, by the same names', async () => {
    const stacks = (await appOf(LAYER, temporaryDirectory())).synth().stacks;
    const facts = factsFromTemplates(
      stacks.map(({ stackName, template, environment: { account, region } }) =>
        toStackTemplate(template, { stack: stackName, account, region }),
      ),
      new Date(),
    );
    const all = await declared(LAYER);
    const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).sort();
    expect(names(valueOf(facts.buckets))).toEqual(names(all.buckets));
    expect(names(valueOf(facts.secrets))).toEqual([...all.secrets].sort());
    expect(names(valueOf(facts.auroraClusters))).toEqual(all.auroraClusters);
    expect(names(valueOf(facts.replicationGroups))).toEqual(all.replicationGroups);
    expect(names(valueOf(facts.kmsKeys))).toEqual(expect.arrayContaining([...all.keyAliases]));
    expect(all.keyAliases).toHaveLength(4);
    expect(names(valueOf(facts.roles))).toEqual(expect.arrayContaining([...all.taskRoles]));
    expect(names(valueOf(facts.codeBuildProjects))).toEqual(expect.arrayContaining([...all.backupProjects]));
    expect(
      valueOf(facts.dynamoTables).map(({ name, streamViewType }) => ({ name, stream: valueOf(streamViewType) })),
    ).toEqual(all.dynamoTables.map(({ name, streamViewType }) => ({ name, stream: streamViewType })));
    expect(all.taskSecrets).toEqual(all.secrets.filter((name) => name !== 'fintech/backup-credentials'));
    expect(all.taskSecrets).toHaveLength(all.secrets.length - 1);
    expect(all.backupProjects).toEqual(['rds-pgdump-backup-prod-appdb']);
    expect(all.databases).toEqual(['appdb']);
  });

  it('in one of its accounts is what lies there', async () => {
    const source = await declared(LAYER, SOURCE_ACCOUNT);
    expect(source.buckets.map(({ role }) => role)).toEqual(['source', 'replica', 'logs']);
    expect(source.keyAliases).toEqual(['alias/fintech-prod-key', 'alias/rds-pgdump-backup-prod']);
    expect(source.trustedAccounts).toEqual([BACKUP_ACCOUNT]);
    const backup = await declared(LAYER, BACKUP_ACCOUNT);
    expect(backup.buckets).toEqual([
      { name: 'rds-backup-layer2-prod', role: 'vault' },
      { name: 'rds-backup-layer2-prod-access-logs', role: 'logs' },
    ]);
    expect([backup.auroraClusters, backup.secrets, backup.backupProjects]).toEqual([[], [], []]);
    expect((await declared(LAYER, OTHER_ACCOUNT)).buckets).toEqual([]);
  });

  it('names every account that the config trusts, and not the one that is audited', async () => {
    const { trustedAccounts } = await declared(CONFIG, BACKUP_ACCOUNT);
    expect([...trustedAccounts].sort()).toEqual([SOURCE_ACCOUNT, OTHER_ACCOUNT].sort());
  });

  it('says which key encrypts what: the one of its stacks, or the one that exists already', async () => {
    const dataLayer = { alias: 'alias/fintech-prod-key' };
    const vault = { alias: 'alias/rds-backup-layer2-prod' };
    expect((await declared(LAYER)).expectedKeys).toEqual({ dataLayer, vault });
    expect((await declared(LAYER, BACKUP_ACCOUNT)).expectedKeys).toEqual({ vault });
    const arn = `arn:aws:kms:us-east-1:${BACKUP_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
    const withKeys = { ...LAYER, kmsKeyArn: arn, dataLayer: { ...LAYER.dataLayer, key: { existingKeyArn: arn } } };
    expect((await declared(withKeys)).expectedKeys).toEqual({ dataLayer: { arn }, vault: { arn } });
  });

  it('leaves open which keys exist where one exists already', async () => {
    const existingKeyArn = `arn:aws:kms:us-east-1:${SOURCE_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
    const own = { ...LAYER, dataLayer: { ...LAYER.dataLayer, key: { existingKeyArn } } };
    expect((await declared(own, SOURCE_ACCOUNT)).keyAliases).toEqual([]);
    expect((await declared(own, BACKUP_ACCOUNT)).keyAliases).not.toEqual([]);
  });

  it('leaves out the parts that the config does not ask for', async () => {
    const { auroraClusters, dynamoTables, buckets, replicationGroups, secrets, taskRoles } = await declared({
      ...BASE,
      dataLayer: {
        account: SOURCE_ACCOUNT,
        parts: ['dynamodb'],
        dynamodb: {
          runbookTables: false,
          tables: [{ name: 'Own', partitionKey: { name: 'Id' }, stream: 'KEYS_ONLY' }],
        },
      },
    });
    expect(dynamoTables).toEqual([{ name: 'FinTechOwn', streamViewType: 'KEYS_ONLY' }]);
    expect([auroraClusters, buckets, replicationGroups, taskRoles]).toEqual([[], [], [], []]);
    expect(secrets).toEqual(['fintech/api-keys', 'fintech/encryption-key']);
  });

  it('is no project where backups run elsewhere, and nothing on AWS for a vault in a directory', async () => {
    const databases = [{ host: 'localhost', dbName: 'appdb' }];
    expect((await declared({ ...BASE, databases })).backupProjects).toEqual([]);
    expect(await declared({ vault: 'file:///srv/vault', databases })).toEqual({
      ...NOTHING_DECLARED,
      databases: ['appdb'],
    });
  });
});
