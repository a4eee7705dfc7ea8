import { whole } from '../../fields.js';

/** A number of days between two bounds, which may be left out. */
export const days = (from: number, to: number) => whole(from, to).optional();
