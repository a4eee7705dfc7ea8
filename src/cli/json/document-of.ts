import type * as z from 'zod';

/** What printing adds to the document of every command. */
type Added = 'schemaVersion' | 'error' | 'errors';

export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** The document that a schema promises, as a command hands it back. */
export type DocumentOf<Schema extends z.ZodType> = DeepReadonly<Omit<z.input<Schema>, Added>>;
