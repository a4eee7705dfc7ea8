/** API keys: whoever issues them does the work. */
import type { SecretAdapter } from '../adapter.js';
import type { ApiKeyIssuer, ApiKeys } from './api-key-issuer.js';
import { parseApiKeys, printApiKeys } from './api-key-secret.js';

export function createApiKeyAdapter(issuer: ApiKeyIssuer): SecretAdapter<ApiKeys> {
  return {
    kind: 'api-keys',
    parse: parseApiKeys,
    print: printApiKeys,
    next: (current) => issuer.issue(current),
    // Issued keys work at once, and the former ones still do.
    set: () => Promise.resolve(),
    test: async ({ pending }) => {
      await issuer.test?.(pending);
    },
    retire: async ({ current, previous }) => {
      if (previous) await issuer.revoke?.(previous, current);
    },
  };
}
