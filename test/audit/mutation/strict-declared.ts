/** What the strict stacks declare; see strict-stacks.ts. */
import type { Declared } from '../../../src/audit/declared.js';

export const ACCOUNT = '111122223333';
export const VAULT = 'rds-backup-layer2-prod';
const bucket = (kind: string) => `fintech-prod-${kind}-${ACCOUNT}-us-east-1`;

export const STRICT_DECLARED: Declared = {
  keyAliases: ['alias/fintech-prod-key', 'alias/rds-backup-layer2-prod'],
  auroraClusters: ['fintech-db-cluster'],
  dynamoTables: [
    { name: 'FinTechSessions', streamViewType: 'NEW_AND_OLD_IMAGES' },
    { name: 'FinTechTransactions' },
    { name: 'FinTechAccounts' },
  ],
  buckets: [
    { name: VAULT, role: 'vault' },
    { name: `${VAULT}-access-logs`, role: 'logs' },
    { name: bucket('data'), role: 'source' },
    { name: bucket('data-replica'), role: 'replica' },
    { name: bucket('logs'), role: 'logs' },
  ],
  replicationGroups: ['fintech-redis'],
  secrets: [
    'fintech/db-credentials',
    'fintech/backup-credentials',
    'fintech/api-keys',
    'fintech/encryption-key',
    'fintech/redis-auth',
  ],
  taskRoles: ['FinTech-ECS-TaskRole'],
  backupProjects: ['rds-pgdump-backup-prod-ledger', 'rds-pgdump-backup-prod-reporting'],
  databases: ['ledger', 'reporting'],
  trustedAccounts: [ACCOUNT],
};
