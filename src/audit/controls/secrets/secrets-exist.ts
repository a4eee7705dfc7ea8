import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const secretsExist = defineControl({
  id: 'secrets-exist',
  title: 'The declared secrets exist and have a current value.',
  severity: 'high',
  references: { runbook: ['1.2', '7.2.2'] },
  remediation: 'Deploy the data layer and set the value: holdfast secret set <name>.',
  evaluatedOn: ['template', 'live'],
  kind: 'secrets',
  expects: (declared) => declared.secrets,
  *check(secret, context) {
    // A template has no values.
    if (context.facts.source === 'live' && !valueOf(secret.hasCurrentValue)) yield 'It has no current value.';
  },
});
