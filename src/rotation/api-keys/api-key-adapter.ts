/** API keys: their issuer does the work. */
import type { SecretAdapter } from '../adapter.js';
import type { ApiKeyIssuer, ApiKeys } from './api-key-issuer.js';
import { parseApiKeys, printApiKeys } from './api-key-secret.js';

export function createApiKeyAdapter(issuer: ApiKeyIssuer): SecretAdapter<ApiKeys> {
  return {
    kind: 'api-keys',
    parse: parseApiKeys,
    print: printApiKeys,
    next: (current) => issuer.issue(current),
    // Issued keys work at once. Those that the last rotation replaced end now rather than then, when clients still had
    // them.
    set: async ({ current, pending, previous }) => {
      const old = without(previous ?? {}, [current, pending]);
      if (Object.keys(old).length > 0) await issuer.revoke?.(old);
    },
    test: async ({ pending }) => {
      await issuer.test?.(pending);
    },
  };
}

function without(keys: ApiKeys, others: readonly ApiKeys[]): ApiKeys {
  const kept = new Set(others.flatMap((other) => Object.values(other).map((key) => key.reveal())));
  return Object.fromEntries(Object.entries(keys).filter(([, key]) => !kept.has(key.reveal())));
}
