/**
 * `holdfast/rotation`: a rotation function of your own, for API keys that a service issues.
 *
 *     export const handler = createRotationHandler({ createAdapter: createKeyAdapter, apiKeys: new OurIssuer() });
 */
export { createKeyAdapter } from '../../rotation/create-key-adapter.js';
export type { ApiKeyIssuer, ApiKeys } from '../../rotation/api-keys/api-key-issuer.js';
export { Secret } from '../../core/secret.js';
export { createRotationHandler, type RotationHandlerOptions } from './rotation-handler.js';
