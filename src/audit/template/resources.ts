/** All resources of a set of templates, resolved, with the ways to find one. */
import { isHandedOver } from '../../policies/handed-over.js';
import { known, type ListReading, type Reading, unknown } from '../model/reading.js';
import { Assumptions } from './assumptions.js';
import { findOpen, OpenValue } from './open-value.js';
import { acceptedBy, optOutsOf } from './opt-outs.js';
import { nameProperty, physicalName } from './physical-id.js';
import { type Meant, type Reference, Referents } from './referents.js';
import { type Exports, type Surroundings, TemplateResolver } from './resolve.js';
import { isRecord, ResourceReader, toText } from './resource-reader.js';
import type { StackTemplate } from './template.js';
import type { TemplateResource } from './template-resource.js';

export class TemplateResources {
  readonly #byType = new Map<string, ResourceReader[]>();
  readonly #referents: Referents;

  private constructor(readonly readers: readonly ResourceReader[]) {
    for (const reader of readers) {
      const list = this.#byType.get(reader.type);
      if (list) list.push(reader);
      else this.#byType.set(reader.type, [reader]);
    }
    this.#referents = new Referents(readers);
  }

  /** Resources whose condition is false are left out; those whose condition is open are taken as if they existed. */
  static from(stacks: readonly StackTemplate[], assumptions = Assumptions.NONE): TemplateResources {
    const exports = new StackExports();
    const standIns = new StandIns(stacks);
    const resolvers: Resolvers = stacks.map((stack) => ({
      stack,
      resolver: new TemplateResolver(stack, {
        exports: () => exports.seenFrom(stack, resolvers),
        standIn: (logicalId) => standIns.of(stack, logicalId),
        assumptions,
        ...nesting(stack, (name) => resolvers.find((one) => one.stack.stack === name)),
      }),
    }));
    const existences = new Existences(resolvers);
    return new TemplateResources(
      resolvers.flatMap(({ stack, resolver }) =>
        Object.entries(stack.resources).flatMap(([logicalId, resource]) => {
          const exists = existences.of(stack, logicalId);
          if (exists === false) return [];
          return [readResource(stack, logicalId, resource, { resolver, standIns, exists })];
        }),
      ),
    );
  }

  ofType(...types: readonly string[]): readonly ResourceReader[] {
    return types.length === 1
      ? (this.#byType.get(types[0] ?? '') ?? [])
      : types.flatMap((type) => this.#byType.get(type) ?? []);
  }

  /**
   * The resources of some types that name a target at a place of theirs. Unknown where more may do so: what they say
   * there is open, or whether they exist.
   */
  naming(target: ResourceReader, types: readonly string[], reference: Reference): ListReading<ResourceReader> {
    const found: ResourceReader[] = [];
    let open: OpenValue | undefined;
    for (const one of this.ofType(...types)) {
      const { certain, possible } = this.#referents.of(one, target.type, reference);
      const { openExistence } = one.identity;
      if (certain.has(target) && openExistence) open ??= openExistence;
      else if (certain.has(target)) found.push(one);
      else open ??= aboutOpen(one, target, possible.get(target));
    }
    return open ? { unknown: open.unknown, found } : known(found);
  }

  /** The one that names a target; `undefined` where none does. There can be one only, so that others do not matter. */
  oneNaming(
    target: ResourceReader,
    types: readonly string[],
    reference: Reference,
  ): Reading<ResourceReader | undefined> {
    const list = this.naming(target, types, reference);
    const [first] = 'unknown' in list ? (list.found ?? []) : list.value;
    return first || !('unknown' in list) ? known(first) : { unknown: list.unknown };
  }

  /**
   * The resource that another one names; `undefined` where it names none.
   *
   * @param what for people: `The subnet group`
   */
  namedBy(
    source: ResourceReader,
    type: string,
    reference: Reference,
    what: string,
  ): Reading<ResourceReader | undefined> {
    const value = source.at(...reference.at);
    const target = onlyOne(this.#referents.of(source, type, reference));
    if (target || 'unknown' in value) return target ?? (value as Reading<never>);
    return value.value === undefined
      ? known(undefined)
      : unknown(`${what} ${toText(value.value)} is not in the template.`);
  }

  /** The resource of a type that a value in another one means; `undefined` where it is not in the templates. */
  meant(source: ResourceReader, type: string, value: unknown): Reading<ResourceReader> | undefined {
    return onlyOne(this.#referents.byValue(source, type, value));
  }

  /** What a place of a resource refers to. */
  meantBy(source: ResourceReader, type: string, reference: Reference): Meant {
    return this.#referents.of(source, type, reference);
  }
}

function onlyOne({ certain, possible }: Meant): Reading<ResourceReader> | undefined {
  const [target] = certain;
  if (target) {
    const { openExistence } = target.identity;
    return openExistence ? { unknown: openExistence.unknown } : known(target);
  }
  const [open] = possible.values();
  return open && { unknown: open.unknown };
}

function aboutOpen(one: ResourceReader, target: ResourceReader, open: OpenValue | undefined): OpenValue | undefined {
  return open && new OpenValue(`whether ${one.id} is about ${target.id} is not known: ${open.reason}`, open.more);
}

interface Around {
  readonly resolver: TemplateResolver;
  readonly standIns: StandIns;
  readonly exists: true | OpenValue;
}

function readResource(
  stack: StackTemplate,
  logicalId: string,
  resource: TemplateResource,
  { resolver, standIns, exists }: Around,
): ResourceReader {
  const resolved = resolver.resolve(resource.Properties ?? {});
  const properties = isRecord(resolved) ? resolved : {};
  const name = properties[nameProperty(resource.Type)];
  const openName = findOpen(name);
  const ref = resolver.resolve({ Ref: logicalId });
  return new ResourceReader(
    {
      stack: stack.stack,
      logicalId,
      type: resource.Type,
      metadata: {
        ...resource.Metadata,
        Holdfast: {
          optOuts: optOutsOf(stack, logicalId, resource.Metadata),
          accepted: acceptedBy(resource.Metadata),
        },
      },
      name: physicalName({ name, standIn: standIns.of(stack, logicalId) }),
      ...(openName && { openName }),
      ref: typeof ref === 'string' ? ref : logicalId,
      arn: toReading(resolver.resolve({ 'Fn::GetAtt': [logicalId, 'Arn'] })),
      ...(exists !== true && { openExistence: exists }),
      ...(stack.account !== undefined && { account: stack.account }),
      ...(stack.region !== undefined && { region: stack.region }),
    },
    properties,
    resource.Properties ?? {},
  );
}

function toReading(arn: unknown): Reading<string> {
  return typeof arn === 'string' ? known(arn) : unknown(findOpen(arn)?.reason ?? 'It has no ARN.');
}

/** What stands for names that AWS makes up: the logical id, with its stack where several stacks have one. */
class StandIns {
  readonly #stacksOf = new Map<string, number>();

  constructor(stacks: readonly StackTemplate[]) {
    for (const logicalId of stacks.flatMap(({ resources }) => Object.keys(resources)))
      this.#stacksOf.set(logicalId, (this.#stacksOf.get(logicalId) ?? 0) + 1);
  }

  of({ stack }: StackTemplate, logicalId: string): string {
    // Neither of the two separates the parts of an ARN.
    return (this.#stacksOf.get(logicalId) ?? 0) > 1 ? `${stack.replaceAll(/[/:]/g, '.')}.${logicalId}` : logicalId;
  }
}

type Resolvers = readonly { readonly stack: StackTemplate; readonly resolver: TemplateResolver }[];

/** What a stack is given by the one around it, and has from those in it. */
function nesting(
  stack: StackTemplate,
  resolverOf: (name: string) => Resolvers[number] | undefined,
): Pick<Surroundings, 'given' | 'outputOf'> {
  const { within } = stack;
  return {
    given: (parameter) => {
      const around = within && resolverOf(within.stack);
      const given = around?.stack.resources[within?.logicalId ?? '']?.Properties?.Parameters;
      return isRecord(given) && given[parameter] !== undefined ? around?.resolver.resolve(given[parameter]) : undefined;
    },
    outputOf: (logicalId, output) => {
      const inside = resolverOf(`${stack.stack}.${logicalId}`);
      const found = inside?.stack.outputs[output];
      return isRecord(found)
        ? inside?.resolver.resolve(found.Value)
        : new OpenValue(`the output ${output} of ${logicalId} is only known at deployment`);
    },
  };
}

/** Whether resources exist: by their condition, and by that of the stack that they are in. */
class Existences {
  readonly #byName: ReadonlyMap<string, Resolvers[number]>;

  constructor(resolvers: Resolvers) {
    this.#byName = new Map(resolvers.map((one) => [one.stack.stack, one]));
  }

  of(stack: StackTemplate, logicalId: string): boolean | OpenValue {
    const { within } = stack;
    const around = within && this.#byName.get(within.stack);
    const outer = around ? this.of(around.stack, within.logicalId) : true;
    if (outer === false) return false;
    const condition = stack.resources[logicalId]?.Condition;
    const own = condition === undefined ? true : (this.#byName.get(stack.stack)?.resolver.condition(condition) ?? true);
    return own === true ? outer : own;
  }
}

/** What all stacks export: a name is unique within an account and Region. */
class StackExports {
  readonly #handedOver = new Map<string, unknown>();
  #exported: readonly { readonly by: StackTemplate; readonly name: string; readonly value: unknown }[] | undefined;

  seenFrom(stack: StackTemplate, resolvers: Resolvers): Exports {
    this.#exported ??= this.#collect(resolvers);
    const exported = new Map<string, unknown>();
    for (const { by, name, value } of this.#exported) {
      if (!mayShareExports(by, stack)) continue;
      const twice = new OpenValue(`more than one stack exports ${name}`);
      exported.set(name, exported.has(name) ? twice : value);
    }
    return { exported, handedOver: this.#handedOver };
  }

  #collect(resolvers: Resolvers) {
    // What an export refers to may be an import: it is open while this is being collected.
    this.#exported = [];
    return resolvers.flatMap(({ stack, resolver }) =>
      Object.entries(stack.outputs).flatMap(([outputName, output]) => {
        if (!isRecord(output)) return [];
        if (isHandedOver(outputName)) {
          const twice = new OpenValue(`more than one stack has the output ${outputName}`);
          this.#handedOver.set(outputName, this.#handedOver.has(outputName) ? twice : resolver.resolve(output.Value));
        }
        const name = isRecord(output.Export) ? resolver.resolve(output.Export.Name) : undefined;
        return typeof name === 'string' ? [{ by: stack, name, value: resolver.resolve(output.Value) }] : [];
      }),
    );
  }
}

function mayShareExports(one: StackTemplate, other: StackTemplate): boolean {
  const differ = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b;
  return !differ(one.account, other.account) && !differ(one.region, other.region);
}
