/** The entry point of the rotation functions that are in the stacks. */
import { createRotationHandler } from './rotation-handler.js';

export const handler = createRotationHandler();
