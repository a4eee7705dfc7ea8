/** The JSON schemas that are published under docs/formats/, made from the schemas that the code itself uses. */
import * as z from 'zod';
import { acceptanceSchema } from './acceptance.js';
import { entrySchema } from './entries.js';
import { manifestSchema } from './manifest.js';
import { proofSchema } from './proof.js';
import { prunedSchema } from './pruned.js';
import { segmentsSchema } from './segments.js';
import { vaultMarkerSchema } from './vault-marker.js';

/** A JSON schema for each file name. They describe what is read, so unknown keys are allowed. */
export function formatJsonSchemas(): Record<string, object> {
  return {
    'manifest.schema.json': z.toJSONSchema(manifestSchema, { io: 'input' }),
    'entries.schema.json': z.toJSONSchema(entrySchema, { io: 'input' }),
    'segments.schema.json': z.toJSONSchema(segmentsSchema, { io: 'input' }),
    'pruned.schema.json': z.toJSONSchema(prunedSchema, { io: 'input' }),
    'acceptance.schema.json': z.toJSONSchema(acceptanceSchema, { io: 'input' }),
    'vault-marker.schema.json': z.toJSONSchema(vaultMarkerSchema, { io: 'input' }),
    'proof.schema.json': z.toJSONSchema(proofSchema, { io: 'input' }),
  };
}
