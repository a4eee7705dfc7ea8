import * as z from 'zod';
import { configSchema } from './schema.js';

/** The JSON schema of the config (draft 7, which editors know best), generated from the schema that checks it. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' });
  return {
    $schema,
    title: 'Holdfast config',
    description: 'What Holdfast backs up, where it keeps it, and when: holdfast.yaml, holdfast.json.',
    ...schema,
  };
}
