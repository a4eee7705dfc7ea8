/** The template of an import: the stack as it is, and what is taken in. */
import type { Template, TemplateResource } from '../synthesize.js';
import type { Leftover } from './find-leftovers.js';

/** What is in `Resources` beside what {@link TemplateResource} tells of. */
type Body = TemplateResource & { readonly DependsOn?: string | readonly string[] };

/**
 * An import changes nothing else: of a stack that is there, its own template with the resources added; of a new one, the
 * resources alone. What refers to something that is not there yet is left out: the deployment that follows adds it.
 *
 * @param deployed the stack's template. @default there is no stack
 */
export function importTemplate(wanted: Template, leftovers: readonly Leftover[], deployed?: Template): Template {
  const known = new Set([...Object.keys(deployed?.Resources ?? {}), ...leftovers.map(({ logicalId }) => logicalId)]);
  const parameters = new Set(Object.keys((deployed ?? wanted).Parameters ?? {}));
  const isKnown = (name: string) => name.startsWith('AWS::') || known.has(name) || parameters.has(name);
  const taken = leftovers.map(({ logicalId }) => {
    const body: Body = wanted.Resources?.[logicalId] ?? { Type: '' };
    const properties = Object.entries(body.Properties ?? {}).filter(([, value]) => referencesIn(value).every(isKnown));
    const dependencies = [body.DependsOn ?? []].flat().filter(isKnown);
    const { DependsOn: _dependsOn, ...rest } = body;
    return [
      logicalId,
      {
        ...rest,
        ...(dependencies.length > 0 && { DependsOn: dependencies }),
        Properties: Object.fromEntries(properties),
      },
    ] as const;
  });
  if (deployed) return { ...deployed, Resources: { ...deployed.Resources, ...Object.fromEntries(taken) } };
  const used = new Set(taken.flatMap(([, { Properties }]) => referencesIn(Properties)));
  const needed = Object.entries(wanted.Parameters ?? {}).filter(([name]) => used.has(name));
  return {
    ...(needed.length > 0 && { Parameters: Object.fromEntries(needed) }),
    Resources: Object.fromEntries(taken),
  };
}

/** The names of the resources and parameters that a value refers to. */
function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref' && typeof inner === 'string') return [inner];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(inner) ? inner[0] : String(inner).split('.')[0])];
    if (key !== 'Fn::Sub') return referencesIn(inner);
    const [text, names = {}] = [inner].flat() as [unknown, Record<string, unknown>?];
    const inText = [...String(text).matchAll(/\$\{([^!.}][^.}]*)[^}]*\}/g)].map((match) => match[1] ?? '');
    return [...inText.filter((name) => !(name in names)), ...referencesIn(names)];
  });
}
