import { expect, it } from 'vitest';
import { backupFacts, type BackupHistory } from '../../../../src/audit/facts/live/backups.js';
import type { DatabaseStatus } from '../../../../src/backup/status/database-status.js';

const TAKEN = new Date('2026-11-21T03:00:00Z');
const HISTORY: BackupHistory = {
  database: 'appdb',
  lastBackup: { key: 'layer2/appdb/2026/dump', takenAt: TAKEN },
  lastProof: { verdict: 'proven', verifiedAt: TAKEN },
  drops: ['The table public.orders is gone.'],
  unreadable: [],
  objectives: { backupAgeMs: 1000, proofAgeMs: 2000 },
};

it('takes newest backup, proof, drops and objectives of a database over', () => {
  expect(backupFacts([HISTORY], 's3://vault')).toEqual([
    {
      id: 's3://vault#appdb',
      name: 'appdb',
      tags: { value: {} },
      optOuts: [],
      newest: { value: { key: 'layer2/appdb/2026/dump', takenAt: TAKEN } },
      newestProof: { value: { verdict: 'proven', verifiedAt: TAKEN } },
      volumeWarnings: { value: ['The table public.orders is gone.'] },
      backupObjectiveMs: 1000,
      proofObjectiveMs: 2000,
    },
  ]);
});

it('knows that there is no backup where nothing was unreadable, and sets no limit without an objective', () => {
  const [fact] = backupFacts(
    [{ ...HISTORY, lastBackup: undefined, lastProof: undefined, objectives: {} }],
    's3://vault',
  );
  expect(fact).toMatchObject({
    newest: { value: undefined },
    newestProof: { value: undefined },
    backupObjectiveMs: Number.POSITIVE_INFINITY,
    proofObjectiveMs: Number.POSITIVE_INFINITY,
  });
});

it('leaves all unknown where something was unreadable: it may be newer than what is known', () => {
  const unknown = { reason: 'The manifest cannot be read.' };
  const [fact] = backupFacts([{ ...HISTORY, unreadable: [unknown.reason] }], 's3://vault');
  expect(fact).toMatchObject({ newest: { unknown }, newestProof: { unknown }, volumeWarnings: { unknown } });
});

it('takes what holdfast status says as it is', () => {
  const status = { ...HISTORY, backups: { complete: 1, incomplete: 0 } } as unknown as DatabaseStatus;
  expect(backupFacts([status], 's3://vault')).toHaveLength(1);
});
