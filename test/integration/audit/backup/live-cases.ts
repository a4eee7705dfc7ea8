import { openFileStore } from '../../../../src/vault/file/file-store.js';
import type { ObjectStore } from '../../../../src/vault/object-store.js';
import { putBackup, putProof } from '../../../backup/status/stored-backups.js';
import { temporaryDirectory } from '../../../helpers/temporary-directory.js';
import type { LiveCase, Surroundings } from '../live-cases/live-case.js';

export const DATABASE = 'appdb';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const BACKUP_CASES: readonly LiveCase[] = [
  {
    control: 'backup-fresh',
    fails: [DATABASE],
    says: /^The newest backup is dated /m,
    break: lookingAt({ ages: [60 * DAY] }),
  },
  {
    control: 'backup-proven',
    fails: [DATABASE],
    says: 'No backup has ever been proven.',
    break: lookingAt({ proven: false }),
  },
  {
    control: 'backup-volume-plausible',
    fails: [DATABASE],
    says: /./,
    break: lookingAt({ rows: [1000, 10] }),
  },
];

export interface Vault {
  /** Of its backups, oldest first, in milliseconds. */
  readonly ages?: readonly number[];
  readonly rows?: readonly number[];
  /** Whether the newest backup has a proof. */
  readonly proven?: boolean;
}

/**
 * A vault with backups of the database, and with nothing wrong unless it is asked for. All are stored now, so those that
 * are sound have just been taken.
 */
export async function vaultWith({ ages, rows = [1000, 1000], proven = true }: Vault): Promise<ObjectStore> {
  const store = openFileStore(temporaryDirectory());
  const now = Date.now();
  for (const [index, age] of (ages ?? [HOUR / 2, HOUR / 4]).entries()) {
    const takenAt = new Date(now - age);
    const backup = await putBackup(store, { database: DATABASE, takenAt, tables: { orders: rows[index] ?? 1000 } });
    if (proven) await putProof(store, backup, new Date(now - HOUR / 8));
  }
  return store;
}

function lookingAt(vault: Vault) {
  return async (surroundings: Surroundings) => {
    const before = surroundings.vault;
    surroundings.vault = await vaultWith(vault);
    return () => Promise.resolve((surroundings.vault = before));
  };
}
