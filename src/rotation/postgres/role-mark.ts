/**
 * Which secret a role belongs to, written into its comment: a role cannot comment on itself, only who administers roles
 * can. What others have written there stays.
 */
import { quoteIdentifier, quoteLiteral } from '../../syntax/sql/identifiers.js';

const MARK = 'holdfast rotation of';
const LINE = new RegExp(`^${MARK} (\\S+)$`, 'm');

/** The ARN of the secret, or `undefined` in a comment without a mark. */
export function secretOfComment(comment: string | null): string | undefined {
  return LINE.exec(comment ?? '')?.[1];
}

/** The statement that marks a role. */
export function markStatement(role: string, comment: string | null, secretArn: string): string {
  const kept = (comment ?? '').replace(LINE, '').trimEnd();
  const text = `${kept}${kept === '' ? '' : '\n'}${MARK} ${secretArn}`;
  return `COMMENT ON ROLE ${quoteIdentifier(role)} IS ${quoteLiteral(text)}`;
}
