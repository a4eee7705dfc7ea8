/**
 * Resolves the intrinsic functions of a template as far as that is possible before it is deployed.
 *
 * A reference to a resource becomes the name or ARN that it would get; where AWS makes up a part, the logical id
 * stands for it, so that two references to one resource stay equal. What depends on a parameter without a default, on
 * an import from elsewhere or on a lookup stays open.
 */
import { isHandedOver } from '../../policies/handed-over.js';
import { partitionOf } from '../../syntax/arn.js';
import type { Question } from '../model/reading.js';
import { Assumptions } from './assumptions.js';
import { findOpen, OpenValue } from './open-value.js';
import { attributeOf, type Identified, nameProperty, physicalIdOf, type Place } from './physical-id.js';
import type { StackTemplate, TemplateParameter } from './template.js';

/** What stacks hand to each other, by name. */
export interface Exports {
  /** Values of `Export`s. */
  readonly exported: ReadonlyMap<string, unknown>;
  /** Values of the outputs that `holdfast deploy` puts into the parameter of the same name. */
  readonly handedOver: ReadonlyMap<string, unknown>;
}

/** What is assumed around a stack. */
export interface Surroundings {
  readonly exports: () => Exports;
  /** What stands for the name of a resource that AWS makes up. @default its logical id */
  readonly standIn?: (logicalId: string) => string;
  readonly assumptions?: Assumptions;
  /** Of a stack in a stack: what the stack around it gives for a parameter. */
  readonly given?: (parameter: string) => unknown;
  /** What a stack in this one gives for an output. */
  readonly outputOf?: (logicalId: string, output: string) => unknown;
}

export class TemplateResolver {
  readonly #stack: StackTemplate;
  readonly #exports: () => Exports;
  readonly #standIn: (logicalId: string) => string;
  readonly #assumptions: Assumptions;
  readonly #surroundings: Surroundings;
  /** Guards against circular references. */
  readonly #active = new Set<string>();

  constructor(stack: StackTemplate, surroundings: Surroundings) {
    const { exports, standIn = (id) => id, assumptions = Assumptions.NONE } = surroundings;
    this.#stack = stack;
    this.#surroundings = surroundings;
    this.#exports = exports;
    this.#standIn = standIn;
    this.#assumptions = assumptions;
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
      if (first[0] !== 'Condition' || typeof first[1] === 'string') {
        const result = this.#intrinsic(first[0], first[1]);
        return result instanceof OpenValue ? result.within(this.#expression(value)) : result;
      }
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

  #expression(value: unknown): string {
    return `${this.#stack.stack} ${JSON.stringify(value)}`;
  }

  #intrinsic(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return this.#ref(this.#named(argument));
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
    if (name === 'Fn::Equals') return this.#equals(argument);
    const resolved = this.resolve(argument);
    const values = Array.isArray(resolved) ? resolved : [resolved];
    if (name === 'Fn::And' || name === 'Fn::Or') return decide(values, name === 'Fn::Or');
    const open = findOpen(values);
    if (open) return name === 'Fn::Join' ? withPattern(open, values) : open;
    switch (name) {
      case 'Fn::Join':
        return Array.isArray(values[1])
          ? values[1].map(asText).join(asText(values[0]))
          : new OpenValue('the list that Fn::Join joins is only known at deployment');
      case 'Fn::Select':
        return select(values[1], Number(values[0]));
      case 'Fn::Split':
        return split(asText(values[1]), asText(values[0]));
      case 'Fn::Base64':
        return Buffer.from(String(values[0])).toString('base64');
      case 'Fn::FindInMap':
        return this.#findInMap(values);
      case 'Fn::Length':
        return values.length;
      case 'Fn::ToJsonString':
        return JSON.stringify(resolved);
      case 'Fn::Not':
        return typeof values[0] === 'boolean' ? !values[0] : new OpenValue('Fn::Not has no condition');
      default:
        return new OpenValue(`${name} is not known before deployment`);
    }
  }

  #findInMap([map, first, second, fallback]: readonly unknown[]): unknown {
    const [mapName, one, other] = [map, first, second].map(asText);
    const found = this.#stack.mappings[mapName ?? '']?.[one ?? '']?.[other ?? ''];
    if (found !== undefined) return found;
    if (
      typeof fallback === 'object' &&
      fallback !== null &&
      'DefaultValue' in fallback &&
      !PLACEHOLDER.test(`${one}${other}`)
    )
      return fallback.DefaultValue;
    return new OpenValue(`the mapping ${[mapName, one, other].join('.')} has no value`);
  }

  /** `AWS::LanguageExtensions` lets a function say what is referred to. */
  #named(argument: unknown): string {
    return typeof argument === 'string' ? argument : asText(this.resolve(argument));
  }

  #ref(name: string): unknown {
    const pseudo = this.#pseudo(name);
    if (pseudo !== null) return pseudo;
    const parameter = this.#stack.parameters[name];
    if (parameter) return this.#parameter(name, parameter);
    const resource = this.#stack.resources[name];
    if (!resource) return missing(name);
    return this.#once(`Ref ${name}`, () => physicalIdOf(this.#identity(name), this.#place));
  }

  #parameter(name: string, { Type = '', Default }: TemplateParameter): unknown {
    const given = this.#surroundings.given?.(name);
    const value = given ?? Default;
    if (value === undefined) {
      const handed = isHandedOver(name) ? this.#exports().handedOver.get(name) : undefined;
      return handed ?? new OpenValue(`the parameter ${name} has no default`);
    }
    // An SSM parameter's default is the name of the parameter, not its value.
    if (Type.startsWith('AWS::SSM::')) return new OpenValue(`the parameter ${name} is read at deployment`);
    const isList = Type === 'CommaDelimitedList' || Type.startsWith('List<');
    return isList && typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value;
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
      ? [this.#named(argument[0]), this.#named(argument[1])]
      : splitOnce(asText(argument), '.');
    const resource = this.#stack.resources[logicalId];
    if (!resource) return missing(logicalId);
    const [, output] = /^Outputs\.(.+)$/.exec(attribute) ?? [];
    if (output !== undefined && this.#surroundings.outputOf)
      return this.#once(`GetAtt ${logicalId}.${attribute}`, () => this.#surroundings.outputOf?.(logicalId, output));
    return this.#once(`GetAtt ${logicalId}.${attribute}`, () =>
      attributeOf(this.#identity(logicalId), attribute, this.#place),
    );
  }

  #sub(argument: unknown): unknown {
    const [text, given] = Array.isArray(argument)
      ? [asText(argument[0]), this.resolve(argument[1])]
      : [asText(argument), {}];
    if (given instanceof OpenValue) return given;
    const variables = (typeof given === 'object' && given !== null ? given : {}) as Readonly<Record<string, unknown>>;
    let open: OpenValue | undefined;
    const result = text.replaceAll(/\$\{([^}]+)\}/g, (whole, written: string) => {
      const name = written.trim();
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      const value =
        name in variables
          ? variables[name]
          : name.includes('.') && !name.startsWith('AWS::')
            ? this.#getAtt(name)
            : this.#ref(name);
      const openPart = findOpen(value);
      open ??= openPart;
      if (openPart) return openPart.more.pattern ?? '*';
      return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
    });
    return open ? new OpenValue(open.reason, { ...open.more, pattern: result }) : result;
  }

  #if(argument: unknown): unknown {
    if (!Array.isArray(argument)) return new OpenValue('Fn::If has no condition');
    const [name, yes, no] = argument as [string, unknown, unknown];
    const holds = this.condition(name);
    if (holds instanceof OpenValue) return holds;
    return this.resolve(holds ? yes : no);
  }

  /** CloudFormation compares text: a number or boolean equals the text that it is written as. */
  #equals(argument: unknown): boolean | OpenValue {
    const raw: unknown[] = Array.isArray(argument) ? argument : [];
    const [one, other] = raw.map((side) => this.#comparable(side));
    if (one instanceof OpenValue && other instanceof OpenValue) {
      if (one.more.expression === other.more.expression) return true;
      return this.#ask({ expression: JSON.stringify(raw), value: 'true', label: 'what it compares' }, one, BOOLEANS);
    }
    if (one instanceof OpenValue) return this.#ask(this.#questionAbout(raw[0], other), one, this.#allowed(raw[0]));
    if (other instanceof OpenValue) return this.#ask(this.#questionAbout(raw[1], one), other, this.#allowed(raw[1]));
    return asText(one) === asText(other);
  }

  /** What a condition compares: account, Region and what follows from them are open where the stack has none. */
  #comparable(side: unknown): unknown {
    const value = this.resolve(side);
    const open = findOpen(value);
    if (open) return open.within(this.#expression(side));
    if (PLACEHOLDER.test(asText(value)) || (this.#stack.region === undefined && DEPENDS_ON_REGION.test(asText(side))))
      return new OpenValue('it depends on the account or the Region, which the template does not say', {
        expression: this.#expression(side),
      });
    return value;
  }

  #questionAbout(side: unknown, value: unknown): Omit<Question, 'stack'> {
    const name = refOf(side);
    return { expression: JSON.stringify(side), value: asText(value), label: name ?? JSON.stringify(side) };
  }

  #ask(about: Omit<Question, 'stack'>, open: OpenValue, allowed: readonly string[] | undefined): boolean | OpenValue {
    const question = { stack: this.#stack.stack, ...about };
    return this.#assumptions.answerTo(question, allowed) ?? new OpenValue(open.reason, { question });
  }

  /** The values that a parameter may have. */
  #allowed(side: unknown): readonly string[] | undefined {
    return this.#stack.parameters[refOf(side) ?? '']?.AllowedValues?.map(asText);
  }

  #import(name: unknown): unknown {
    if (name instanceof OpenValue) return name;
    const { exported } = this.#exports();
    return exported.has(String(name))
      ? exported.get(String(name))
      : new OpenValue(`${String(name)} is exported by another deployment`);
  }

  #identity(logicalId: string): Identified {
    const { Type = '', Properties = {} } = this.#stack.resources[logicalId] ?? {};
    const name = Properties[nameProperty(Type)];
    return { type: Type, standIn: this.#standIn(logicalId), name: name === undefined ? undefined : this.resolve(name) };
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

function withPattern(open: OpenValue, [separator, list]: readonly unknown[]): OpenValue {
  if (!Array.isArray(list)) return open;
  const parts = list.map((one) => (one instanceof OpenValue ? (one.more.pattern ?? '*') : asText(one)));
  return new OpenValue(open.reason, { ...open.more, pattern: parts.join(asText(separator)) });
}

/** What is not there is none of the resources that are. */
function missing(logicalId: string): OpenValue {
  return new OpenValue(`there is no ${logicalId} in the template`, { pattern: `\${${logicalId}}` });
}

function select(list: unknown, index: number): unknown {
  const item: unknown = Array.isArray(list) ? list[index] : undefined;
  return item === undefined ? new OpenValue('what Fn::Select selects is only known at deployment') : item;
}

/** Account and Region are one piece each; where a name or an attribute ends inside, is not known. */
function split(text: string, separator: string): unknown {
  const unknownPart = /\$\{(?!AWS::)[^}]+\}/.exec(text);
  if (unknownPart) return new OpenValue(`what Fn::Split splits is only known at deployment: ${unknownPart[0]}`);
  const pseudo: string[] = [];
  const covered = text.replaceAll(/\$\{AWS::[^}]+\}/g, (whole) => `\u0000${pseudo.push(whole) - 1}\u0000`);
  return covered
    .split(separator)
    .map((part) => part.replaceAll(/\u0000(\d+)\u0000/g, (_, at) => pseudo[Number(at)] ?? ''));
}

const BOOLEANS = ['true', 'false'];

/** `${AWS::Region}`: account, Region or attribute, until the template is deployed. */
const PLACEHOLDER = /\$\{[^}]+\}/;

const DEPENDS_ON_REGION = /AWS::(?:Partition|URLSuffix|StackId)/;

function refOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'Ref' in value ? String(value.Ref) : undefined;
}

/** A scalar as CloudFormation writes it; anything else as JSON. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
