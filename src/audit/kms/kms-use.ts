/** Who may use a key, and what limits them: rules over key policies. */
import { globIncludes } from '../../syntax/glob.js';
import {
  accountsOf,
  accountsOfService,
  comesFromOwnNetwork,
  exceptionsOf,
  namesOf,
  pinnedTo,
  requiresTrue,
} from '../policies/conditions.js';
import { capitalize, coveredActions, describeActions, isEveryone, nameOf } from '../policies/match.js';
import type { ParsedPolicy, PolicyStatement } from '../policies/parse-policy.js';
import { parseArn } from '../../syntax/arn.js';
import { patternsMeet } from '../../syntax/patterns-meet.js';
import type { KeyGrant } from './facts.js';

const CRYPTOGRAPHIC = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:GenerateDataKeyPair',
  'kms:GenerateDataKeyPairWithoutPlaintext',
  'kms:GenerateMac',
  'kms:VerifyMac',
  'kms:Sign',
  'kms:Verify',
  'kms:DeriveSharedSecret',
] as const;

/** What only administrators need. */
const ADMINISTRATIVE = [
  'kms:PutKeyPolicy',
  'kms:ScheduleKeyDeletion',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:UpdateKeyDescription',
] as const;

/** A use that no `kms:ViaService` binds, or binds to nothing; in words. */
export function* unboundUses(policy: ParsedPolicy): Iterable<string> {
  for (const statement of policy.statements) {
    const where = capitalize(nameOf(statement));
    const uses = usesOf(statement);
    const services = pinnedTo(statement, 'kms:ViaService');
    const everyService = services?.filter((service) => /^[^.]*[*?]/.test(service)) ?? [];
    const people = statement.principals.filter((principal) => principal.type !== 'Service');
    const isAboutPeople = people.length > 0 || statement.notPrincipals.length > 0;
    if (isAboutPeople && uses.length > 0 && services === undefined)
      yield `${where} allows ${uses.join(', ')} without kms:ViaService.`;
    if (isAboutPeople && uses.length > 0 && everyService.length > 0)
      yield `${where} allows ${uses.join(', ')} through every service: ${everyService.join(', ')}.`;
    if (isAboutPeople && allows(statement, ['kms:CreateGrant']) && !isGrantBound(statement))
      yield `${where} allows kms:CreateGrant without kms:ViaService, and not only for AWS resources.`;
    if (uses.length > 0) yield* unboundServices(statement, where);
  }
}

/**
 * Grants by which a role or a user may use the key, whatever its policy binds: in words. What AWS's services hold for
 * their own work is theirs.
 */
export function* unboundGrants(grants: readonly KeyGrant[]): Iterable<string> {
  for (const { id, grantee, operations } of grants) {
    const { service, resource = '' } = parseArn(grantee) ?? {};
    if ((service !== 'iam' && service !== 'sts') || OF_AWS.test(resource)) continue;
    const uses = operations.filter((one) => (CRYPTOGRAPHIC as readonly string[]).includes(`kms:${one}`));
    if (uses.length > 0) yield `The grant ${id} allows ${grantee} ${uses.join(', ')} without kms:ViaService.`;
  }
}

/** Roles that a service has made for itself. */
const OF_AWS = /^(?:role\/aws-service-role\/|(?:assumed-role|role)\/(?:aws:|AWSServiceRole))/;

/** A service that acts on its own behalf is bound by whose resource it acts for: `kms:ViaService` never matches it. */
function* unboundServices(statement: PolicyStatement, where: string): Iterable<string> {
  for (const { type, value } of statement.principals) {
    if (type !== 'Service') continue;
    if (pinnedTo(statement, 'kms:ViaService') !== undefined) {
      yield `${where} binds the service ${value} by kms:ViaService, which never matches a service that acts on its own behalf.`;
    } else if (accountsOfService(statement) === undefined) {
      yield `${where} lets the service ${value} use the key on behalf of any account.`;
    }
  }
}

/** A grant lets its receiver use the key without any condition of the key policy. */
function isGrantBound(statement: PolicyStatement): boolean {
  return pinnedTo(statement, 'kms:ViaService') !== undefined || requiresTrue(statement, 'kms:GrantIsForAWSResource');
}

/** The services through which principals may use the key: `s3`, `rds`. */
export function servicesOfUse(policy: ParsedPolicy): string[] {
  const services = policy.statements
    .filter((statement) => usesOf(statement).length > 0)
    .flatMap((statement) => pinnedTo(statement, 'kms:ViaService') ?? [])
    .map((value) => value.split('.')[0] ?? value);
  return [...new Set(services)];
}

/** Statements by which key administrators may use the key, or grant themselves its use; in words. */
export function* usesByAdministrators(policy: ParsedPolicy): Iterable<string> {
  const administrators = new Map<string, string>();
  for (const statement of policy.statements.filter((one) => allows(one, ADMINISTRATIVE))) {
    const where = capitalize(nameOf(statement));
    const uses = usesOf(statement);
    if (uses.length > 0) yield `${where} allows administration and ${uses.join(', ')} together.`;
    if (allows(statement, ['kms:CreateGrant']))
      yield `${where} lets administrators create grants, with which they can allow themselves to decrypt.`;
    if (uses.length === 0) for (const name of namesOf(statement)) administrators.set(name, nameOf(statement));
  }
  for (const statement of policy.statements.filter((one) => !allows(one, ADMINISTRATIVE))) {
    const uses = usesOf(statement);
    if (uses.length === 0) continue;
    for (const [name, where] of administrators) {
      if (isNamed(name, statement))
        yield `${name} administers the key by ${where}, and ${nameOf(statement)} also allows it ${uses.join(', ')}.`;
    }
  }
}

/** Whether a statement names a pattern's role, or one of its roles, and does not leave them all out again. */
function isNamed(pattern: string, statement: PolicyStatement): boolean {
  const isLeftOut = exceptionsOf(statement).some((exception) => globIncludes(exception, pattern));
  return !isLeftOut && namesOf(statement).some((name) => patternsMeet(name, pattern));
}

/** Statements that allow something to everyone. */
export function* openToEveryone(policy: ParsedPolicy): Iterable<string> {
  for (const statement of policy.statements) {
    if (statement.effect !== 'Allow') continue;
    if (!statement.principals.some(isEveryone) && statement.notPrincipals.length === 0) continue;
    if (comesFromOwnNetwork(statement)) continue;
    if (accountsOf(statement) ?? pinnedTo(statement, 'aws:PrincipalOrgID')) continue;
    yield `${capitalize(nameOf(statement))} allows everyone ${describeActions(statement)}.`;
  }
}

function usesOf(statement: PolicyStatement): string[] {
  return statement.effect === 'Allow' ? coveredActions(statement, CRYPTOGRAPHIC) : [];
}

function allows(statement: PolicyStatement, actions: readonly string[]): boolean {
  return statement.effect === 'Allow' && coveredActions(statement, actions).length > 0;
}
