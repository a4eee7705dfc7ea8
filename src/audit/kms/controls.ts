/** What is required of keys, and of the roles that use them. */
import { controlList } from '../model/control.js';
import type { FactKind } from '../model/facts.js';
import { isOwnRole } from '../model/ownership.js';
import { itemsOf, valueOf } from '../model/reading.js';
import { pinnedTo } from '../policies/conditions.js';
import { coveredActions, matchesPattern } from '../policies/match.js';
import type { PolicyStatement } from '../policies/parse-policy.js';
import { kmsNoForeignAccess } from './kms-no-foreign-access.js';
import { openToEveryone, servicesOfUse, unboundGrants, unboundUses, usesByAdministrators } from './kms-use.js';

const { controls, define } = controlList();
export { controls };

export const kmsRotationEnabled = define({
  id: 'kms-rotation-enabled',
  title: 'Customer managed keys rotate every year.',
  severity: 'medium',
  references: {
    pci: ['3.7.4'],
    nist: ['SC-12', 'SC-12(2)'],
    cis: ['3.6'],
    iso: ['A.8.24'],
    runbook: ['1.1'],
    knownAs: ['SH KMS.4', 'CKV_AWS_7', 'N KMS5'],
  },
  remediation: 'Turn on automatic rotation: aws kms enable-key-rotation --key-id <key>.',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  expects: (declared) => declared.keyAliases,
  exempts(key) {
    const [spec, origin] = [valueOf(key.keySpec), valueOf(key.origin)];
    if (spec !== 'SYMMETRIC_DEFAULT') return `AWS KMS cannot rotate keys with the spec ${spec} automatically.`;
    return origin === 'AWS_KMS'
      ? undefined
      : `AWS KMS cannot rotate key material with the origin ${origin} automatically.`;
  },
  *check(key) {
    if (!valueOf(key.rotationEnabled)) {
      yield 'Automatic rotation is off.';
      return;
    }
    const days = valueOf(key.rotationPeriod);
    if (days !== undefined && days > MAX_DAYS) yield `It rotates every ${days} days; at most ${MAX_DAYS} are allowed.`;
  },
});

/** A year, which is also AWS's default. */
const MAX_DAYS = 366;

export const kmsNotPendingDeletion = define({
  id: 'kms-not-pending-deletion',
  title: 'Keys are usable.',
  severity: 'critical',
  references: {
    pci: ['3.6.1'],
    soc2: ['CC6.1'],
    nist: ['SC-12'],
    iso: ['A.8.24'],
    runbook: ['1.1'],
    knownAs: ['SH KMS.3'],
  },
  remediation: 'Cancel the deletion (aws kms cancel-key-deletion) and enable the key.',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  *check(key) {
    const state = valueOf(key.state);
    if (state !== 'Enabled') yield `The key is ${state}.`;
  },
});

export const kmsNoPublicPrincipal = define({
  id: 'kms-no-public-principal',
  title: 'No key policy grants access to everyone.',
  severity: 'critical',
  references: {
    pci: ['3.6.1', '7.2.1'],
    soc2: ['CC6.1'],
    nist: ['AC-3', 'AC-6'],
    iso: ['A.8.3', 'A.8.24'],
    runbook: ['1.1', '7.2.1'],
    knownAs: ['SH KMS.5', 'CKV_AWS_33'],
  },
  remediation:
    'Name the principals, or narrow the statement with aws:PrincipalAccount, kms:CallerAccount or aws:PrincipalOrgID.',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  *check(key) {
    yield* openToEveryone(valueOf(key.policy));
  },
});

define(kmsNoForeignAccess);

export const kmsViaService = define({
  id: 'kms-via-service',
  title: 'Keys can be used only through AWS services, and only those that are in use.',
  severity: 'high',
  references: {
    pci: ['3.6.1'],
    soc2: ['CC6.1'],
    nist: ['AC-6', 'SC-12'],
    iso: ['A.8.24'],
    runbook: ['1.1', '7.1 KMS ViaService', '7.2.1'],
  },
  remediation:
    'Bind every statement that allows cryptographic actions with kms:ViaService (with the encryption context or aws:SourceArn for services that act on their own behalf).',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  expects: (declared) => declared.keyAliases,
  *check(key, context) {
    const policy = valueOf(key.policy);
    yield* unboundUses(policy);
    yield* unboundGrants(valueOf(key.grants));
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

export const kmsAdminsCannotUse = define({
  id: 'kms-admins-cannot-use',
  title: 'Key administrators can neither use the key nor grant themselves its use.',
  severity: 'high',
  references: { pci: ['3.6.1'], soc2: ['CC6.3'], nist: ['AC-5', 'SC-12'], iso: ['A.5.3', 'A.8.24'], runbook: ['1.1'] },
  remediation:
    'Separate administration from use in the key policy, and leave kms:CreateGrant out of the administrative statement.',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  *check(key) {
    yield* usesByAdministrators(valueOf(key.policy));
  },
});

export const kmsNoDecryptOnAll = define({
  id: 'kms-no-decrypt-on-all',
  title: 'No role can decrypt with every key.',
  severity: 'medium',
  references: { pci: ['3.6.1', '7.2.1'], nist: ['AC-6'], iso: ['A.8.3'], runbook: ['6.2'], knownAs: ['SH KMS.1/2'] },
  remediation: 'Name the key in Resource.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  concerns: isOwnRole,
  *check(role) {
    for (const { name, document } of itemsOf(role.policies)) {
      for (const statement of document.statements) {
        const [way] = statement.effect === 'Allow' ? coveredActions(statement, READS_PLAINTEXT) : [];
        if (way === undefined) continue;
        if (namesKeys(statement)) continue;
        if (statement.notResources.length > 0 || statement.resources.some(isEveryKey))
          yield `The policy ${name} allows ${way} on every key.`;
        else
          for (const pattern of statement.resources.filter(isPatternOfKeys))
            yield `The policy ${name} allows ${way} on whatever key ${pattern} meets.`;
      }
    }
  },
});

/** Who re-encrypts to a key of their own can decrypt there. */
const READS_PLAINTEXT = ['kms:Decrypt', 'kms:ReEncryptFrom'] as const;

/** Of all accounts and Regions, or of one: `*`, `arn:aws:kms:*`, `arn:aws:kms:us-east-1:111122223333:key/*`. */
function isEveryKey(resource: string): boolean {
  return matchesPattern(keyIn(resource) ?? '', ANY_KEY);
}

/** `key/*a*`, `key/mrk-*`: AWS makes the ids up, so that no pattern of them is a choice of keys. */
function isPatternOfKeys(resource: string): boolean {
  return /^key\/.*[*?]/.test(keyIn(resource) ?? '');
}

/** What stands for the key in an ARN or a pattern of one; `undefined` where that is of another service. */
function keyIn(resource: string): string | undefined {
  const [, , service = '*', , , ...rest] = resource.split(/:(?![^{]*\})/);
  if (!matchesPattern(service, 'kms')) return undefined;
  return rest.length > 0 ? rest.join(':') : '*';
}

/** Conditions say which keys, too: by alias or by tag. */
function namesKeys(statement: PolicyStatement): boolean {
  const keys = Object.values(statement.conditions).flatMap((one) => Object.keys(one));
  return keys.some((key) => /^(?:kms:resourcealiases$|aws:resourcetag\/)/.test(key) && pinnedTo(statement, key));
}

/** A key that only a wildcard covers. */
const ANY_KEY = 'key/00000000-0000-0000-0000-000000000000';
