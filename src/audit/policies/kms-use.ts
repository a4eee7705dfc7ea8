/** Who may use a key, and what holds them: rules over key policies. */
import { isPinned, pinnedTo } from './conditions.js';
import { coveredActions, isEveryone, nameOf } from './match.js';
import type { PolicyDocument, PolicyStatement } from './policy-document.js';

const CRYPTOGRAPHIC = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:GenerateDataKeyPair',
] as const;

/** What only administrators need. */
const ADMINISTRATIVE = [
  'kms:PutKeyPolicy',
  'kms:ScheduleKeyDeletion',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:UpdateKeyDescription',
] as const;

/** What binds a service that acts for itself: `kms:ViaService` never matches it. */
const SERVICE_BINDINGS = [
  'kms:EncryptionContext:aws:logs:arn',
  'aws:SourceArn',
  'aws:SourceAccount',
  'kms:CallerAccount',
] as const;

const SCOPES = [
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:PrincipalOrgID',
  'aws:SourceAccount',
  'aws:SourceArn',
  'kms:CallerAccount',
] as const;

/** A use that no `kms:ViaService` binds, or binds to nothing; in words. */
export function* unboundUses(policy: PolicyDocument): Iterable<string> {
  for (const statement of policy.statements) {
    const uses = usesOf(statement);
    if (uses.length === 0) continue;
    const people = statement.principals.filter((principal) => principal.type !== 'Service');
    if (people.length > 0 || statement.notPrincipals.length > 0) {
      if (pinnedTo(statement, 'kms:ViaService') === undefined) {
        yield `${cap(nameOf(statement))} allows ${uses.join(', ')} without kms:ViaService.`;
      }
    }
    for (const service of statement.principals.filter((principal) => principal.type === 'Service')) {
      if (pinnedTo(statement, 'kms:ViaService') !== undefined) {
        yield `${cap(nameOf(statement))} binds the service ${service.value} by kms:ViaService, which never matches a service that acts for itself.`;
      } else if (!isPinned(statement, SERVICE_BINDINGS)) {
        yield `${cap(nameOf(statement))} lets the service ${service.value} use the key for whomever it likes.`;
      }
    }
  }
}

/** The services through which principals may use the key: `s3`, `rds`. */
export function servicesOfUse(policy: PolicyDocument): string[] {
  const services = policy.statements
    .filter((statement) => usesOf(statement).length > 0)
    .flatMap((statement) => pinnedTo(statement, 'kms:ViaService') ?? [])
    .map((value) => value.split('.')[0] ?? value);
  return [...new Set(services)];
}

/** Statements by which those who administer the key may use it, or let themselves; in words. */
export function* usesByAdministrators(policy: PolicyDocument): Iterable<string> {
  for (const statement of policy.statements) {
    if (statement.effect !== 'Allow') continue;
    if (coveredActions(statement, ADMINISTRATIVE).length === 0) continue;
    const uses = usesOf(statement);
    if (uses.length > 0) yield `${cap(nameOf(statement))} allows administration and ${uses.join(', ')} together.`;
    if (coveredActions(statement, ['kms:CreateGrant']).length > 0) {
      yield `${cap(nameOf(statement))} lets administrators create grants, with which they can let themselves decrypt.`;
    }
  }
}

/** Statements that allow something to everybody. */
export function* openToEveryone(policy: PolicyDocument): Iterable<string> {
  for (const statement of policy.statements) {
    if (statement.effect !== 'Allow') continue;
    if (!statement.principals.some(isEveryone) && statement.notPrincipals.length === 0) continue;
    if (isPinned(statement, SCOPES)) continue;
    yield `${cap(nameOf(statement))} allows ${statement.actions.join(', ')} to everybody.`;
  }
}

function usesOf(statement: PolicyStatement): string[] {
  return statement.effect === 'Allow' ? coveredActions(statement, CRYPTOGRAPHIC) : [];
}

function cap(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
