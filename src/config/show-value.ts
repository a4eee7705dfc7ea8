/** How a received value is shown in a message: recognizable, short, and never a secret. */

const LONGEST = 100;

/** Known ones only: `u://secret@host` may be the user "u" with a password that begins with slashes. */
const SCHEME = /^(?:postgres(?:ql)?|s3|file|https?):\/\//i;

/** Options where somebody may have put the secret itself: shown only when they look like what belongs there. */
const MAY_BE_SECRET: Readonly<Record<string, RegExp>> = {
  secretArn: /^arn:aws/,
  iam: /^(true|false|yes|no|on|off)$/i,
  passfile: /^[~./]/,
};

/**
 * @param key the option's key in the schema
 * @returns JSON for scalars, the kind for the rest; `undefined` where showing it could give a secret away
 */
export function showValue(key: PropertyKey | undefined, value: unknown): string | undefined {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of options';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return value === undefined ? 'nothing' : `a ${typeof value}`;
  const harmless = MAY_BE_SECRET[String(key)];
  if (harmless && !harmless.test(value)) return undefined;
  const shown = withoutCredentials(value);
  return JSON.stringify(shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown);
}

/** A URL or an address without the passwords that it may contain; anything doubtful is removed too. */
export function withoutCredentials(text: string): string {
  // The last @ counts: a password that was not escaped may hold another one.
  const start = SCHEME.exec(text)?.[0].length ?? 0;
  const at = text.lastIndexOf('@');
  const colon = text.indexOf(':', start);
  const bare = colon >= 0 && at > colon ? `${text.slice(0, colon)}:***${text.slice(at)}` : text;
  return bare.replace(/([?&;\s]|^)([^?&;=\s]*)=([^&;\s]*)/g, (pair, separator: string, key: string) =>
    namesPassword(key) ? `${separator}${key}=***` : pair,
  );
}

function namesPassword(key: string): boolean {
  // A percent sign may hide letters of the keyword.
  return /pass(word|wd)?$|pwd$|secret|token/i.test(key) || key.includes('%');
}
