import type { Variant } from './environments.js';
import { placeholdersIn } from './placeholders.js';
import { describePath, type Path, type Spelling } from './problems.js';

/** One sentence for each placeholder of an environment: where it stands, and what to put there. */
export function placeholderWarnings(variant: Variant, spelling: Spelling): string[] {
  const found = new Map<string, { readonly advice: string; readonly places: string[] }>();
  const visit = (value: unknown, path: Path): void => {
    if (typeof value === 'string') {
      for (const { token, advice } of placeholdersIn(value)) {
        const known = found.get(token) ?? { advice, places: [] };
        known.places.push(describePath(path, spelling));
        found.set(token, known);
      }
    } else if (typeof value === 'object' && value !== null) {
      const isList = Array.isArray(value);
      for (const [key, item] of Object.entries(value)) visit(item, [...path, isList ? Number(key) : key]);
    }
  };
  for (const [key, value] of Object.entries(variant.settings)) visit(value, variant.pathOf(key));
  return [...found].map(
    ([token, { advice, places }]) => `${places.join(', ')}: ${token} is a placeholder. Put ${advice}.`,
  );
}
