import type * as z from 'zod';
import type { DeepReadonly } from '../../core/deep-readonly.js';

/** What printing adds to the document of every command. */
type Added = 'schemaVersion' | 'error' | 'errors';

/** The document that a schema promises, as a command hands it back. */
export type DocumentOf<Schema extends z.ZodType> = DeepReadonly<Omit<z.input<Schema>, Added>>;
