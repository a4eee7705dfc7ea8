/** What the transform `AWS::LanguageExtensions` makes of a template: `Fn::ForEach` is written out. */

type Json = Readonly<Record<string, unknown>>;

/** A loop whose list only a deployment gives. */
export interface OpenLoop {
  readonly name: string;
  readonly reason: string;
}

export interface Expanded {
  readonly template: Json;
  readonly open: readonly OpenLoop[];
}

const LOOP = /^Fn::ForEach::(.+)$/;

/**
 * The template with each loop in the place of what it makes.
 *
 * @param given values of parameters that take the place of their defaults
 */
export function expandLoops(template: Json, given: Json = {}): Expanded {
  const open: OpenLoop[] = [];
  const parameters = isObject(template.Parameters) ? template.Parameters : {};
  const valueOf = (name: string) => {
    const parameter = parameters[name];
    return name in given ? given[name] : isObject(parameter) ? parameter.Default : undefined;
  };
  const expanded = expand(template, (list) => itemsOf(list, valueOf), open);
  return { template: expanded as Json, open };
}

function expand(value: unknown, itemsIn: (list: unknown) => readonly string[] | undefined, open: OpenLoop[]): unknown {
  if (Array.isArray(value)) return value.map((item) => expand(item, itemsIn, open));
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [key, content] of Object.entries(value)) {
    const name = LOOP.exec(key)?.[1];
    if (name === undefined || !Array.isArray(content)) {
      result[key] = expand(content, itemsIn, open);
      continue;
    }
    const [identifier, list, body] = content as unknown[];
    const items = itemsIn(list);
    if (items === undefined || typeof identifier !== 'string') {
      open.push({ name, reason: `the list of Fn::ForEach::${name} is only known at deployment` });
      continue;
    }
    for (const item of items) {
      // A loop in the loop may be over a list that the outer one names.
      Object.assign(result, expand(substitute(body, identifier, item), itemsIn, open));
    }
  }
  return result;
}

function itemsOf(list: unknown, valueOf: (parameter: string) => unknown): readonly string[] | undefined {
  if (Array.isArray(list)) {
    const items = list.map((item) =>
      typeof item === 'string' || typeof item === 'number' ? [String(item)] : itemsOf(item, valueOf),
    );
    return items.every((one) => one !== undefined) ? items.flat() : undefined;
  }
  const ref = isObject(list) ? list.Ref : undefined;
  const value = typeof ref === 'string' ? valueOf(ref) : undefined;
  return typeof value === 'string' ? value.split(',').map((item) => item.trim()) : undefined;
}

/** `${Name}` is the item; `&{Name}` the item without what a logical id cannot have. */
function substitute(value: unknown, identifier: string, item: string): unknown {
  if (typeof value === 'string')
    return value
      .replaceAll(`\${${identifier}}`, item)
      .replaceAll(`&{${identifier}}`, item.replaceAll(/[^A-Za-z0-9]/g, ''));
  if (Array.isArray(value)) return value.map((one) => substitute(one, identifier, item));
  if (!isObject(value)) return value;
  if (Object.keys(value).length === 1 && value.Ref === identifier) return item;
  return Object.fromEntries(
    Object.entries(value).map(([key, content]) => [
      String(substitute(key, identifier, item)),
      substitute(content, identifier, item),
    ]),
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
