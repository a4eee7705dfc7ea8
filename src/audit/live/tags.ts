/** Tags in the form of the facts, from the two forms that services give. */
export function tagsOf(
  tags: readonly (
    | { readonly Key?: string | undefined; readonly Value?: string | undefined }
    | { readonly key?: string | undefined; readonly value?: string | undefined }
  )[] = [],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tags.map((tag) => {
      const { Key, Value, key, value } = tag as Readonly<Record<string, string | undefined>>;
      return [Key ?? key ?? '', Value ?? value ?? ''];
    }),
  );
}
