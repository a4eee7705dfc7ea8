import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const dynamodbStream = defineControl({
  id: 'dynamodb-stream',
  title: 'The view type of the stream is the one that the config declares.',
  severity: 'low',
  references: { runbook: ['3.1'] },
  remediation: 'aws dynamodb update-table --stream-specification StreamEnabled=true,StreamViewType=<type>.',
  evaluatedOn: ['template', 'live'],
  kind: 'dynamoTables',
  concerns: (table, { declared }) => declared.dynamoTables.some((one) => one.name === table.name),
  *check(table, context) {
    const expected = context.declared.dynamoTables.find((one) => one.name === table.name)?.streamViewType;
    const actual = valueOf(table.streamViewType);
    if (expected !== actual)
      yield `The view type is ${actual ?? 'not set'}; the config declares ${expected ?? 'no stream'}.`;
  },
});
