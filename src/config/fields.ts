/** Kinds of values that the schema is made of. They apply no defaults, and their messages say what to write. */
import * as z from 'zod';
import { isPlaceholder } from './placeholders.js';

/** A string that a function checks; placeholders pass, since a warning says what to put there. */
export function text(problemOf: (value: string) => string | undefined) {
  return z.string().superRefine((value, context) => {
    const message = isPlaceholder(value) ? undefined : problemOf(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

export function whole(from: number, to: number, error = `Give a whole number from ${from} to ${to}.`) {
  return z.int({ error }).min(from, { error }).max(to, { error });
}

export const filled = () =>
  text((value) => (value.trim() === '' ? 'Give a value, or leave the option out.' : undefined));
export const patterns = () => z.array(filled());
