import { expect, it } from 'vitest';
import { backupFacts, type BackupHistory } from '../../../src/audit/backup/vault-facts.js';
import type { DatabaseStatus } from '../../../src/backup/status/database-status.js';
import { HoldfastError } from '../../../src/core/errors.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';

const TAKEN = new Date('2026-11-21T03:00:00Z');
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/vault';
const HISTORY: BackupHistory = {
  database: 'appdb',
  configured: true,
  lastBackup: { key: 'layer2/appdb/2026/dump', takenAt: TAKEN },
  lastProof: { verdict: 'proven', verifiedAt: TAKEN },
  drops: ['The table public.orders is gone.'],
  unreadable: [],
  objectives: { backupAgeMs: 1000, proofAgeMs: 2000 },
};

type Vault = Pick<ObjectStore, 'url' | 'head'>;
const vaultThat = (head: Vault['head'], url = 's3://vault'): Vault => ({ url, head });
const encrypted = (encryption: object) =>
  vaultThat((key) => Promise.resolve({ key, size: 1, lastModified: TAKEN, encryption }));
const VAULT = encrypted({ kmsKeyArn: KEY });

it('takes newest backup, proof, drops and objectives of a database over', async () => {
  expect(await backupFacts([HISTORY], VAULT)).toEqual([
    {
      id: 's3://vault#appdb',
      name: 'appdb',
      tags: { value: {} },
      optOuts: [],
      configured: true,
      newest: { value: { key: 'layer2/appdb/2026/dump', takenAt: TAKEN } },
      encryption: { value: { kmsKeyId: KEY } },
      newestProof: { value: { verdict: 'proven', verifiedAt: TAKEN } },
      volumeWarnings: { value: ['The table public.orders is gone.'] },
      backupObjectiveMs: 1000,
      proofObjectiveMs: 2000,
    },
  ]);
});

it('B12: takes over what lies beside a backup, also where something else cannot be read', async () => {
  const history = {
    ...HISTORY,
    anomalies: [{ message: 'X.sql is no part of it.' }],
    unreadable: ['A proof is damaged.'],
  };
  const [fact] = await backupFacts([history], VAULT);
  expect(fact?.anomalies).toEqual({ value: ['X.sql is no part of it.'] });
});

const unknown = (reason: string) => ({ unknown: { reason } });

it.each([
  ['under no key of KMS', encrypted({}), { value: {} }],
  [
    'gone since it was listed',
    vaultThat(() => Promise.resolve(undefined)),
    unknown('s3://vault does not say how layer2/appdb/2026/dump is encrypted.'),
  ],
  [
    'not to be read',
    vaultThat(() => Promise.reject(new HoldfastError('VAULT_UNREADABLE', 'Denied.'))),
    unknown('Denied.'),
  ],
  ['in a directory', vaultThat(() => Promise.reject(new Error('Not asked.')), 'file:///vault'), { value: undefined }],
])('knows the encryption of a dump that is %s', async (_, vault, encryption) => {
  expect(await backupFacts([HISTORY], vault)).toMatchObject([{ encryption }]);
});

it('knows that there is no backup where nothing was unreadable, and sets no limit without an objective', async () => {
  const [fact] = await backupFacts(
    [{ ...HISTORY, lastBackup: undefined, lastProof: undefined, objectives: {} }],
    VAULT,
  );
  expect(fact).toMatchObject({
    newest: { value: undefined },
    newestProof: { value: undefined },
    backupObjectiveMs: undefined,
    proofObjectiveMs: undefined,
  });
});

it('leaves all unknown where something was unreadable: it may be newer than what is known', async () => {
  const why = unknown('The manifest cannot be read.');
  const [fact] = await backupFacts([{ ...HISTORY, unreadable: [why.unknown.reason] }], VAULT);
  expect(fact).toMatchObject({ newest: why, encryption: why, newestProof: why, volumeWarnings: why });
});

it('takes what holdfast status says as it is', async () => {
  const status = { ...HISTORY, backups: { complete: 1, incomplete: 0 } } as unknown as DatabaseStatus;
  expect(await backupFacts([status], VAULT)).toHaveLength(1);
});
