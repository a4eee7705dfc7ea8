import { defineControl } from '../../control.js';
import type { FactKind } from '../../facts/model.js';
import { servicesOfUse, unboundUses } from '../../policies/kms-use.js';
import { valueOf } from '../../reading.js';

export const kmsViaService = defineControl({
  id: 'kms-via-service',
  title: 'Keys can be used only through AWS services, and only those that are in use.',
  severity: 'high',
  references: { pci: ['3.6.1'], soc2: ['CC6.1'], runbook: ['1.1', '7.1 KMS ViaService', '7.2.1'] },
  remediation:
    'Bind every statement that allows cryptographic actions with kms:ViaService (with the encryption context or aws:SourceArn for services that act on their own behalf).',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  expects: (declared) => declared.keyAliases,
  *check(key, context) {
    const policy = valueOf(key.policy);
    yield* unboundUses(policy);
    for (const service of servicesOfUse(policy)) {
      const kind = KINDS[service];
      if (kind !== undefined && valueOf<readonly unknown[]>(context.facts[kind]).length === 0) {
        yield `It can be used through ${service}, but nothing here uses that service.`;
      }
    }
  },
});

/** What there must be for a service to be in use; other services cannot be judged by what the audit reads. */
const KINDS: Readonly<Record<string, FactKind>> = {
  rds: 'auroraClusters',
  dynamodb: 'dynamoTables',
  s3: 'buckets',
  secretsmanager: 'secrets',
  elasticache: 'replicationGroups',
};
