/** Runbook 3.1: the three tables. */
import type { DataTableProps } from './data-table.js';

/** A table without what all tables have in common. */
export type TableDefinition = Omit<
  DataTableProps,
  'tableName' | 'encryptionKey' | 'removalPolicy' | 'optOuts' | 'deletionProtection' | 'recoveryDays'
>;

/** By their names without the prefix. */
export const RUNBOOK_TABLES: Readonly<Record<string, TableDefinition>> = {
  Sessions: {
    partitionKey: { name: 'UserId' },
    sortKey: { name: 'SessionId' },
    stream: 'NEW_AND_OLD_IMAGES',
    scalingName: 'sessions',
  },
  Transactions: {
    partitionKey: { name: 'TransactionId' },
    indexes: [{ name: 'AccountIndex', partitionKey: { name: 'AccountId' } }],
    scalingName: 'tx',
  },
  Accounts: {
    partitionKey: { name: 'AccountId' },
    indexes: [{ name: 'EmailIndex', partitionKey: { name: 'Email' } }],
    scalingName: 'accounts',
  },
};
