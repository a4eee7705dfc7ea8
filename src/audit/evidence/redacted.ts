/**
 * Facts and requests without what may be a secret: evidence is filed, mailed and shown to people who need no password.
 */
export const REDACTED = '[redacted]';

/** Names under which people keep secrets, in tags as in environments. */
const SECRET_NAME = /pass(word|wd|phrase)?|secret|token|api[-_]?key|credential|private[-_]?key|connection[-_]?string/i;
/** Credentials in a URL: `postgres://user:password@host`. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@]+@/gi;
/** Access key ids of AWS. */
const ACCESS_KEY = /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g;

/** A copy for JSON: times as text, secrets as `[redacted]`. */
export function redacted(content: object): object {
  return redact(content, '') as object;
}

function redact(value: unknown, name: string): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => redact(item, name));
  // What is not set is told from what is empty.
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null) return value === Infinity ? null : value;
  if (isPlaintextVariable(value)) return { ...value, value: REDACTED };
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      // Tags, parameters of templates and the like: a name that says secret, and a text.
      (name === 'tags' || name === 'parameters') && typeof item === 'string' && SECRET_NAME.test(key)
        ? REDACTED
        : redact(item, nameWithin(name, key)),
    ]),
  );
}

/** A reading's `value` is still the attribute that it belongs to. */
function nameWithin(outer: string, key: string): string {
  return key === 'value' ? outer : key;
}

function redactText(text: string): string {
  return text.replace(URL_PASSWORD, `$1${REDACTED}@`).replace(ACCESS_KEY, REDACTED);
}

/** An environment variable of CodeBuild: one that is not a reference contains the value itself. */
function isPlaintextVariable(value: object): value is { type: string; value: unknown } {
  return 'type' in value && 'value' in value && value.type === 'PLAINTEXT';
}
