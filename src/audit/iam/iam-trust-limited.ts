import { type ControlContext, defineControl } from '../model/control.js';
import { isOwnRole, ownAccount } from '../model/ownership.js';
import { valueOf } from '../model/reading.js';
import { pinnedTo } from '../policies/conditions.js';
import { foreignAccess } from '../policies/foreign-access.js';
import { capitalize, coversAction, nameOf } from '../policies/match.js';
import type { PolicyStatement } from '../policies/parse-policy.js';
import { parseArn } from '../../syntax/arn.js';
import type { RoleFact } from './facts.js';

export const iamTrustLimited = defineControl({
  id: 'iam-trust-limited',
  title: 'Only principals of the account, and those that the config declares, can assume a role.',
  severity: 'critical',
  references: {
    pci: ['7.2.1', '7.2.5'],
    soc2: ['CC6.1', 'CC6.3'],
    nist: ['AC-3', 'AC-6'],
    iso: ['A.5.15', 'A.5.18'],
    knownAs: ['CKV_AWS_60', 'CKV_AWS_61'],
  },
  remediation:
    'Name the principals in the trust policy; with an identity provider, pin the subject (<provider>:sub) to those that are meant.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  concerns: (role) => role.kind === 'role' && isOwnRole(role),
  *check(role, context) {
    for (const statement of valueOf(role.trust).statements) {
      if (statement.effect !== 'Allow' || !WAYS.some((way) => coversAction(statement, way))) continue;
      yield* strangers(statement, role, context);
      yield* identities(statement);
    }
  },
});

const WAYS = ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity', 'sts:AssumeRoleWithSAML'] as const;

function* strangers(statement: PolicyStatement, role: RoleFact, context: ControlContext): Iterable<string> {
  const principals = statement.principals.filter(({ type }) => type === 'AWS' || type === '*');
  if (principals.length === 0 && statement.notPrincipals.length === 0) return;
  const trusted = { account: ownAccount(role, context), others: context.declared.trustedAccounts };
  yield* foreignAccess({ statements: [{ ...statement, principals }] }, trusted);
}

/** A provider signs in whomever it knows: GitHub every repository, Google every user. */
function* identities(statement: PolicyStatement): Iterable<string> {
  for (const { type, value } of statement.principals) {
    if (type !== 'Federated') continue;
    const { service, resource = '' } = parseArn(value) ?? {};
    // SAML says who someone is by what the company's own provider signs.
    if (service === 'iam' && resource.startsWith('saml-provider/')) continue;
    const provider = resource.startsWith('oidc-provider/') ? resource.slice('oidc-provider/'.length) : value;
    const subjects = pinnedTo(statement, `${provider}:${SUBJECTS[provider] ?? 'sub'}`);
    const where = capitalize(nameOf(statement));
    if (subjects === undefined) yield `${where} lets anyone assume it who signs in at ${provider}.`;
    else {
      for (const subject of subjects.filter(isAnyone))
        yield `${where} lets anyone assume it who signs in at ${provider} as ${subject}.`;
    }
  }
}

/** Where something else than the subject says whose users they are. */
const SUBJECTS: Readonly<Record<string, string>> = { 'cognito-identity.amazonaws.com': 'aud' };

/** `*`, `repo:*`, `repo:*:ref:refs/heads/main`, `repo:us*`: the owner, or the end of its name, is left open. */
function isAnyone(subject: string): boolean {
  return /^(?:[a-z_-]+:)?[*?]/.test(subject) || /^(?:repo|project_path):[^/:]*[*?]/.test(subject);
}
