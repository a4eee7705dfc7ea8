/** Finds the part of a schema that a path belongs to. */
import * as z from 'zod';
import type { Path } from './problems.js';

/** The keys that a group of options takes, or `undefined` where the path leads to no such group. */
export function knownKeysAt(schema: z.ZodType, path: Path): string[] | undefined {
  const found = path.reduce<z.ZodType | undefined>((part, key) => part && step(part, key), schema);
  const group = found && groupOf(found);
  return group && Object.keys(group.shape);
}

/** The schema under a key of a group, a record or a list. */
function step(schema: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  const part = unwrap(schema);
  if (part instanceof z.ZodArray) return part.element as z.ZodType;
  if (part instanceof z.ZodRecord) return part.valueType as z.ZodType;
  const shape: Readonly<Record<PropertyKey, unknown>> = groupOf(part)?.shape ?? {};
  const found = Object.hasOwn(shape, key) ? shape[key] : undefined;
  return found instanceof z.ZodType ? found : undefined;
}

function groupOf(schema: z.ZodType): z.ZodObject | undefined {
  const part = unwrap(schema);
  if (part instanceof z.ZodObject) return part;
  if (part instanceof z.ZodUnion) {
    return part.options.find((option): option is z.ZodObject => option instanceof z.ZodObject);
  }
  return undefined;
}

/** The type of a value at a path, without what makes it optional. */
export function schemaAt(schema: z.ZodType, path: Path): z.ZodType | undefined {
  const found = path.reduce<z.ZodType | undefined>((part, key) => part && step(part, key), schema);
  return found && unwrap(found);
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap() as z.ZodType) : schema;
}
