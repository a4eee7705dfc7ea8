/** Kinds of values that several formats use. */
import * as z from 'zod';

/** A whole number from 0, exact in JSON. */
export const count = () => z.int().nonnegative();

/** SHA-256 in 64 lower-case hex digits. */
export const sha256 = () => z.string().regex(/^[0-9a-f]{64}$/);

/** A moment in UTC: `2026-11-22T03:00:00.000Z`. */
export const moment = () => z.iso.datetime();

/** The program that wrote a document. */
export const tool = () => z.object({ name: z.string(), version: z.string() }).describe('The program that wrote this.');
