/** What the config reference says of an option, as a comment above it: the words exist once, in the schema. */
import { configJsonSchema } from '../../config/index.js';

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
  readonly additionalProperties?: Described | boolean;
  readonly anyOf?: readonly Described[];
}

/** The keys that a group of options takes, in the order of the reference. */
export function optionOrder(path: readonly (string | number)[]): string[] {
  return Object.keys(propertiesOf(at(path)) ?? {});
}

/** @param path keys from the top of the config; an index of a list is `0` @returns the first sentence */
export function optionComment(path: readonly (string | number)[]): string | undefined {
  const description = at(path)?.description;
  return description && firstSentence(description);
}

function at(path: readonly (string | number)[]): Described | undefined {
  return path.reduce<Described | undefined>((option, key) => {
    if (typeof key === 'number') return option?.items;
    const named = option?.additionalProperties;
    return propertiesOf(option)?.[key] ?? (typeof named === 'object' ? named : undefined);
  }, configJsonSchema() as Described);
}

function propertiesOf(option: Described | undefined): Described['properties'] {
  return option?.properties ?? option?.anyOf?.find((branch) => branch.properties)?.properties;
}

/** A full stop ends it before a space and a capital: `…amazonaws.com` and `e.g. this` do not. */
function firstSentence(text: string): string {
  return /^.*?\.(?=\s+[A-Z`])/s.exec(text)?.[0] ?? text;
}
