/** The adapters of secrets that no server has to be told about. */
import { wrongKind, type AdapterFactory } from './adapter-environment.js';
import { createApiKeyAdapter } from './api-keys/api-key-adapter.js';
import { manualSupply } from './api-keys/manual-supply.js';
import { createEncryptionKeyAdapter } from './encryption-key/encryption-key-adapter.js';

export const createKeyAdapter: AdapterFactory = (settings, environment) => {
  switch (settings.kind) {
    case 'encryption-key':
      return createEncryptionKeyAdapter(environment);
    case 'api-keys':
      return createApiKeyAdapter(environment.apiKeys ?? manualSupply(environment.store, environment.secretId));
    case 'postgres':
    case 'redis':
      throw wrongKind(settings);
  }
};
