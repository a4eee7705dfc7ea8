import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const dynamodbScaling = defineControl({
  id: 'dynamodb-scaling',
  title: 'Every table and index scales at 70% for reads and writes.',
  severity: 'low',
  references: { soc2: ['A1.1'], runbook: ['3.2'], knownAs: ['CKV2_AWS_16'] },
  remediation: 'Register a scalable target and a target-tracking policy for each dimension.',
  evaluatedOn: ['template', 'live'],
  kind: 'dynamoTables',
  concerns: (table) => valueOf(table.billingMode) === 'PROVISIONED',
  *check(table) {
    const scaling = valueOf(table.scaling);
    for (const part of ['table', ...valueOf(table.indexes).map((index) => `index/${index}`)]) {
      for (const direction of ['read', 'write']) {
        const one = scaling[`${part}:${direction}`];
        const target = one && valueOf(one.targetValue);
        if (!one) yield `${part} does not scale for ${direction}s.`;
        else if (target !== 70)
          yield `${part} scales for ${direction}s at ${target === undefined ? 'no target' : `${target}%`}; 70% is required.`;
      }
    }
  },
});
