/** The entry point of the functions that rotate encryption keys and API keys. */
import { createKeyAdapter } from '../../rotation/create-key-adapter.js';
import { createRotationHandler } from './rotation-handler.js';

export const handler = createRotationHandler({ createAdapter: createKeyAdapter });
