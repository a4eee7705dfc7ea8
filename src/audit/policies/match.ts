/**
 * Whether a statement covers an action, a resource or a principal.
 *
 * By hand: `@cloud-copilot/iam-simulate`, which the tests compare with, is under the AGPL and cannot be shipped.
 */
import { isAccount, parseArn } from '../../syntax/arn.js';
import { globIncludes, matchesGlob } from '../../syntax/glob.js';
import { patternsMeet } from '../../syntax/patterns-meet.js';
import type { PolicyPrincipal, PolicyStatement } from './parse-policy.js';

/** IAM's wildcards: `*` any characters, `?` one. Actions are compared without regard to case. */
export function matchesPattern(pattern: string, text: string, caseSensitive = true): boolean {
  return caseSensitive ? matchesGlob(pattern, text) : matchesGlob(pattern.toLowerCase(), text.toLowerCase());
}

/** Whether the statement's Action or NotAction covers an action. */
export function coversAction(statement: PolicyStatement, action: string): boolean {
  const covers = (patterns: readonly string[]) => patterns.some((pattern) => matchesPattern(pattern, action, false));
  return statement.notActions.length > 0 ? !covers(statement.notActions) : covers(statement.actions);
}

/** Of some actions, those that the statement covers. */
export function coveredActions(statement: PolicyStatement, actions: readonly string[]): string[] {
  return actions.filter((action) => coversAction(statement, action));
}

/**
 * Whether its Resource or NotResource covers every ARN of a pattern. A policy without either (a trust policy) covers
 * everything.
 */
export function coversEvery(statement: PolicyStatement, arns: string): boolean {
  if (statement.notResources.length > 0) return !statement.notResources.some((pattern) => patternsMeet(pattern, arns));
  return statement.resources.length === 0 || statement.resources.some((pattern) => globIncludes(pattern, arns));
}

/** Whether it covers some ARN of a pattern. */
export function reaches(statement: PolicyStatement, arns: string): boolean {
  if (statement.notResources.length > 0) return !statement.notResources.some((one) => globIncludes(one, arns));
  return statement.resources.length === 0 || statement.resources.some((pattern) => patternsMeet(pattern, arns));
}

/** Whether it is about everyone. */
export function isEveryone(principal: PolicyPrincipal): boolean {
  return principal.value === '*' && (principal.type === '*' || principal.type === 'AWS');
}

/** The account of an AWS principal: from its ARN, or the bare id. */
export function accountOf(principal: PolicyPrincipal): string | undefined {
  if (principal.type !== 'AWS') return undefined;
  if (isAccount(principal.value)) return principal.value;
  const { service = '', account } = parseArn(principal.value) ?? {};
  return service === 'iam' || service === 'sts' ? account : undefined;
}

/** What the statement is about, as a list in a sentence. */
export function describeActions(statement: PolicyStatement): string {
  const { actions, notActions } = statement;
  return notActions.length > 0 ? `everything except ${notActions.join(', ')}` : actions.join(', ');
}

/** What the statement is called in an explanation. */
export function nameOf(statement: PolicyStatement): string {
  return statement.sid === undefined ? 'a statement without Sid' : `the statement ${statement.sid}`;
}

/** Capitalizes the first letter, for the beginning of a sentence. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
