/** The tables of a config: the runbook's, and a team's own over them. */
import type { DataLayerConfig } from '../../../config/sections/data-layer-config.js';
import type { TableScaling } from './data-table.js';
import { RUNBOOK_TABLES, type TableDefinition } from './runbook-tables.js';

type DynamoDbConfig = DataLayerConfig['dynamodb'];

/** By their names without the prefix. What a table says of its capacity goes before what is said of all. */
export function tablesOf(config: DynamoDbConfig): Readonly<Record<string, TableDefinition>> {
  const runbook = config.runbookTables === false ? {} : RUNBOOK_TABLES;
  const tables: Record<string, TableDefinition> = {};
  for (const [name, table] of Object.entries(runbook)) tables[name] = { ...table, scaling: scalingOf(config, config) };
  for (const { name, billing, minCapacity, maxCapacity, ...table } of config.tables ?? []) {
    tables[name] = { ...table, scaling: scalingOf({ billing, minCapacity, maxCapacity }, config) };
  }
  return tables;
}

function scalingOf(
  own: Pick<DynamoDbConfig, 'billing' | 'minCapacity' | 'maxCapacity'>,
  all: DynamoDbConfig,
): TableScaling | 'on-demand' {
  if ((own.billing ?? all.billing) === 'on-demand') return 'on-demand';
  return {
    min: own.minCapacity ?? all.minCapacity,
    max: own.maxCapacity ?? all.maxCapacity,
    targetUtilization: all.targetUtilization,
  };
}
