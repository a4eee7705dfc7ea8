/**
 * Resolves the intrinsic functions of a template as far as that is possible before it is deployed.
 *
 * A reference to a resource becomes the name or ARN that it would get; where AWS makes up a part, the logical id
 * stands for it, so that two references to one resource stay equal. What depends on a parameter without a default, on
 * an import from elsewhere or on a lookup stays open.
 */
import { partitionOf } from '../../syntax/arn.js';
import { findOpen, OpenValue } from './open-value.js';
import { attributeOf, physicalIdOf, type Place } from './physical-id.js';
import type { StackTemplate } from './template.js';

/** What stacks hand to each other, by name. */
export interface Exports {
  /** Values of `Export`s. */
  readonly exported: ReadonlyMap<string, unknown>;
  /** Values of the outputs that `holdfast deploy` puts into the parameter of the same name. */
  readonly handedOver: ReadonlyMap<string, unknown>;
}

/** Outputs of one of our stacks that `holdfast deploy` hands to another one as a parameter. */
export const HANDED_OVER: ReadonlySet<string> = new Set(['VaultKeyArn']);

export class TemplateResolver {
  readonly #stack: StackTemplate;
  readonly #exports: () => Exports;
  /** Guards against circular references. */
  readonly #active = new Set<string>();

  constructor(stack: StackTemplate, exports: () => Exports) {
    this.#stack = stack;
    this.#exports = exports;
  }

  /** Account and Region as text: `${AWS::AccountId}` where the stack is environment-agnostic. */
  get account(): string {
    return this.#stack.account ?? '${AWS::AccountId}';
  }

  get region(): string {
    return this.#stack.region ?? '${AWS::Region}';
  }

  /** `aws` where the Region is not known. */
  get partition(): string {
    return partitionOf(this.region);
  }

  get #place(): Place {
    return { account: this.account, region: this.region, partition: this.partition };
  }

  /** The same structure without intrinsic functions; `OpenValue`s stand where something stays open. */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map((item) => this.resolve(item)).filter((item) => item !== undefined);
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (
      first &&
      entries.length === 1 &&
      (first[0] === 'Ref' || first[0] === 'Condition' || first[0].startsWith('Fn::'))
    ) {
      if (first[0] !== 'Condition' || typeof first[1] === 'string') return this.#intrinsic(first[0], first[1]);
    }
    return Object.fromEntries(
      entries.map(([key, item]) => [key, this.resolve(item)]).filter(([, item]) => item !== undefined),
    );
  }

  /** Whether a condition holds. */
  condition(name: string): boolean | OpenValue {
    const value = this.#once(`condition ${name}`, () => this.resolve(this.#stack.conditions[name]));
    if (value instanceof OpenValue) return value;
    return typeof value === 'boolean' ? value : new OpenValue(`the condition ${name} cannot be evaluated`);
  }

  #intrinsic(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return this.#ref(String(argument));
      case 'Condition':
        return this.condition(String(argument));
      case 'Fn::GetAtt':
        return this.#getAtt(argument);
      case 'Fn::Sub':
        return this.#sub(argument);
      case 'Fn::ImportValue':
        return this.#import(this.resolve(argument));
      case 'Fn::GetAZs':
        return ['a', 'b', 'c'].map((zone) => `${this.region}${zone}`);
      default:
        return this.#pure(name, argument);
    }
  }

  /** Functions of their arguments alone. */
  #pure(name: string, argument: unknown): unknown {
    if (name === 'Fn::If') return this.#if(argument);
    const resolved = this.resolve(argument);
    const values = Array.isArray(resolved) ? resolved : [resolved];
    if (name === 'Fn::And' || name === 'Fn::Or') return decide(values, name === 'Fn::Or');
    const open = findOpen(values);
    if (open) return open;
    switch (name) {
      case 'Fn::Join':
        return (values[1] as unknown[]).map(String).join(String(values[0]));
      case 'Fn::Select':
        return (values[1] as unknown[])[Number(values[0])];
      case 'Fn::Split':
        return String(values[1]).split(String(values[0]));
      case 'Fn::Base64':
        return Buffer.from(String(values[0])).toString('base64');
      case 'Fn::FindInMap':
        return (
          this.#stack.mappings[String(values[0])]?.[String(values[1])]?.[String(values[2])] ??
          new OpenValue(`the mapping ${values.slice(0, 3).map(String).join('.')} has no value`)
        );
      case 'Fn::Equals':
        return JSON.stringify(values[0]) === JSON.stringify(values[1]);
      case 'Fn::Not':
        return !values[0];
      default:
        return new OpenValue(`${name} is not known before deployment`);
    }
  }

  #ref(name: string): unknown {
    const pseudo = this.#pseudo(name);
    if (pseudo !== null) return pseudo;
    const parameter = this.#stack.parameters[name];
    if (parameter) {
      if (parameter.Default === undefined) {
        const handed = HANDED_OVER.has(name) ? this.#exports().handedOver.get(name) : undefined;
        return handed ?? new OpenValue(`the parameter ${name} has no default`);
      }
      // An SSM parameter's default is the name of the parameter, not its value.
      if (parameter.Type?.startsWith('AWS::SSM::')) return new OpenValue(`the parameter ${name} is read at deployment`);
      if (parameter.Type === 'CommaDelimitedList' || parameter.Type?.startsWith('List<'))
        return typeof parameter.Default === 'string' ? parameter.Default.split(',') : parameter.Default;
      return parameter.Default;
    }
    const resource = this.#stack.resources[name];
    if (!resource) return new OpenValue(`there is no ${name} in the template`);
    return this.#once(`Ref ${name}`, () => physicalIdOf(name, resource.Type, this.#properties(name), this.#place));
  }

  /** `null` where it is not one; `undefined` is AWS::NoValue. */
  #pseudo(name: string): unknown {
    switch (name) {
      case 'AWS::AccountId':
        return this.account;
      case 'AWS::Region':
        return this.region;
      case 'AWS::Partition':
        return this.partition;
      case 'AWS::URLSuffix':
        return this.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
      case 'AWS::StackName':
        return this.#stack.stack;
      case 'AWS::StackId':
        return `arn:${this.partition}:cloudformation:${this.region}:${this.account}:stack/${this.#stack.stack}/0`;
      case 'AWS::NotificationARNs':
        return [];
      case 'AWS::NoValue':
        return undefined;
      default:
        return null;
    }
  }

  #getAtt(argument: unknown): unknown {
    const [logicalId, attribute] = Array.isArray(argument)
      ? [String(argument[0]), String(this.resolve(argument[1]))]
      : splitOnce(String(argument), '.');
    const resource = this.#stack.resources[logicalId];
    if (!resource) return new OpenValue(`there is no ${logicalId} in the template`);
    return this.#once(`GetAtt ${logicalId}.${attribute}`, () =>
      attributeOf(logicalId, attribute, resource.Type, this.#properties(logicalId), this.#place),
    );
  }

  #sub(argument: unknown): unknown {
    const [text, variables] = Array.isArray(argument)
      ? [String(argument[0]), this.resolve(argument[1]) as Record<string, unknown>]
      : [String(argument), {}];
    let open: OpenValue | undefined;
    const result = text.replaceAll(/\$\{([^}]+)\}/g, (whole, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      const value =
        name in variables
          ? variables[name]
          : name.includes('.') && !name.startsWith('AWS::')
            ? this.#getAtt(name)
            : this.#ref(name);
      open ??= findOpen(value);
      return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
    });
    return open ?? result;
  }

  #if(argument: unknown): unknown {
    const [name, yes, no] = argument as [string, unknown, unknown];
    const holds = this.condition(name);
    if (holds instanceof OpenValue) return holds;
    return this.resolve(holds ? yes : no);
  }

  #import(name: unknown): unknown {
    if (name instanceof OpenValue) return name;
    const { exported } = this.#exports();
    return exported.has(String(name))
      ? exported.get(String(name))
      : new OpenValue(`${String(name)} is exported by another deployment`);
  }

  #properties(logicalId: string): Readonly<Record<string, unknown>> {
    return this.resolve(this.#stack.resources[logicalId]?.Properties ?? {}) as Record<string, unknown>;
  }

  #once(what: string, work: () => unknown): unknown {
    if (this.#active.has(what)) return new OpenValue(`${what} refers to itself`);
    this.#active.add(what);
    try {
      return work();
    } finally {
      this.#active.delete(what);
    }
  }
}

/** Or is true as soon as one is, And false as soon as one is; else an open one leaves it open. */
function decide(values: readonly unknown[], decisive: boolean): unknown {
  if (values.includes(decisive)) return decisive;
  return findOpen(values) ?? !decisive;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
