/** What the config reference says of an option, as a comment above it: the words exist once, in the schema. */
import { configJsonSchema } from '../../config/index.js';

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
  readonly anyOf?: readonly Described[];
}

/** @param path keys from the top of the config; an index of a list is `0` @returns the first sentence */
export function optionComment(path: readonly (string | number)[]): string | undefined {
  const found = path.reduce<Described | undefined>(
    (option, key) => (typeof key === 'number' ? option?.items : propertiesOf(option)?.[key]),
    configJsonSchema() as Described,
  );
  return found?.description && firstSentence(found.description);
}

function propertiesOf(option: Described | undefined): Described['properties'] {
  return option?.properties ?? option?.anyOf?.find((branch) => branch.properties)?.properties;
}

/** A full stop ends it before a space and a capital: `…amazonaws.com` and `e.g. this` do not. */
function firstSentence(text: string): string {
  return /^.*?\.(?=\s+[A-Z`])/s.exec(text)?.[0] ?? text;
}
