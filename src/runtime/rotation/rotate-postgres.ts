/** The entry point of the functions that rotate PostgreSQL users. */
import { wrongKind } from '../../rotation/adapter-environment.js';
import { postgresAdapter } from '../../rotation/postgres/create-postgres-adapter.js';
import { createRotationHandler } from './rotation-handler.js';

export const handler = createRotationHandler({
  createAdapter: (settings, environment) => {
    if (settings.kind !== 'postgres') throw wrongKind(settings);
    return postgresAdapter(settings, environment);
  },
});
