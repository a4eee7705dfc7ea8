/** Typed reading of one resource's resolved properties: what is open becomes an unknown reading. */
import * as z from 'zod';
import type { Acceptance, ResourceFact } from '../model/facts.js';
import { known, type ListReading, type Reading, unknown } from '../model/reading.js';
import { parsePolicy, type ParsedPolicy } from '../policies/parse-policy.js';
import { findOpen, OpenValue } from './open-value.js';
import { acceptedBy } from './opt-outs.js';

/** What is known of a resource besides its properties. */
export interface ResourceIdentity {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Its name; where AWS makes that up or it is open, what stands for it wherever the templates refer to it. */
  readonly name: string;
  /** Why its name is not known, where the template has one. */
  readonly openName?: OpenValue;
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` of `Arn` gives. */
  readonly arn: Reading<string>;
  /** The condition that decides whether it exists, where that is open. */
  readonly openExistence?: OpenValue;
  readonly account?: string;
  readonly region?: string;
}

export class ResourceReader {
  constructor(
    readonly identity: ResourceIdentity,
    /** Resolved. */
    readonly properties: Readonly<Record<string, unknown>>,
    /** As the template has them. */
    readonly raw: Readonly<Record<string, unknown>> = properties,
  ) {}

  get stack(): string {
    return this.identity.stack;
  }

  get logicalId(): string {
    return this.identity.logicalId;
  }

  get type(): string {
    return this.identity.type;
  }

  get name(): string {
    return this.identity.name;
  }

  get arn(): Reading<string> {
    return this.identity.arn;
  }

  get id(): string {
    return `${this.stack}/${this.logicalId}`;
  }

  /** What every fact has. */
  get common(): ResourceFact {
    const { openName } = this.identity;
    return {
      id: this.id,
      name: this.name,
      ...(openName && { openName: { ...openName.unknown, pattern: openName.more.pattern ?? '*' } }),
      tags: this.tags(),
      optOuts: this.optOuts,
      accepted: this.accepted,
    };
  }

  /** Whatever stands at a path of property names; `undefined` where nothing does. */
  at(...path: readonly string[]): Reading<unknown> {
    let value: unknown = this.properties;
    for (const name of path) {
      if (value instanceof OpenValue) break;
      value = isRecord(value) ? value[name] : undefined;
    }
    const open = findOpen(value);
    return open ? { unknown: open.unknown } : known(value);
  }

  text(...path: readonly string[]): Reading<string | undefined> {
    return this.#as(path, (value) => (value === undefined ? undefined : String(value as string | number)));
  }

  flag(...path: readonly string[]): Reading<boolean> {
    return this.#as(path, isOn);
  }

  /** A setting that is on unless it is turned off. */
  flagOnByDefault(...path: readonly string[]): Reading<boolean> {
    return this.#as(path, (value) => value === undefined || isOn(value));
  }

  number(...path: readonly string[]): Reading<number | undefined> {
    return this.#as(path, (value) => (value === undefined ? undefined : Number(value)));
  }

  list(...path: readonly string[]): Reading<readonly unknown[]> {
    return this.#as(path, (value) =>
      Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value],
    );
  }

  texts(...path: readonly string[]): Reading<readonly string[]> {
    return this.#as(path, (value) =>
      Array.isArray(value) ? value.map(String) : value === undefined ? [] : [toText(value)],
    );
  }

  policy(...path: readonly string[]): Reading<ParsedPolicy | undefined> {
    const value = this.at(...path);
    if ('unknown' in value) return value;
    try {
      return known(value.value === undefined ? undefined : parsePolicy(value.value));
    } catch (error) {
      // What is no policy is refused at deployment; what it would allow is not known.
      return unknown(`${path.join('.')} of ${this.id} is not a policy: ${problemOf(error)}.`);
    }
  }

  /** The list items at a path as readers of their own. */
  items(...path: readonly string[]): ListReading<ResourceReader> {
    const value = this.#raw(path);
    if (value instanceof OpenValue) return { unknown: value.unknown };
    const list: unknown[] = Array.isArray(value) ? value : [];
    const open = list.find((item) => item instanceof OpenValue);
    if (open instanceof OpenValue)
      return { unknown: open.unknown, found: list.filter(isRecord).map((item) => this.#within(item)) };
    return known(list.filter(isRecord).map((item) => this.#within(item)));
  }

  /** Each item of the list at a path, in its order: as a reader of its own, or open; the list itself may be open. */
  each(...path: readonly string[]): readonly (ResourceReader | OpenValue)[] {
    const value = this.#raw(path);
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.flatMap((item): (ResourceReader | OpenValue)[] => {
      if (item instanceof OpenValue) return [item];
      return isRecord(item) ? [this.#within(item)] : [];
    });
  }

  /** Whether something stands there, whatever it is: an open value is something. */
  presence(...path: readonly string[]): { readonly value: boolean } {
    return { value: this.#raw(path) !== undefined };
  }

  tags(): Reading<Readonly<Record<string, string>>> {
    return this.#as(['Tags'], (value) => {
      const list: unknown[] = Array.isArray(value) ? value : [];
      return Object.fromEntries(list.filter(isRecord).map((tag) => [String(tag.Key), String(tag.Value)]));
    });
  }

  get optOuts(): readonly string[] {
    const ours = this.identity.metadata.Holdfast;
    const list = isRecord(ours) && Array.isArray(ours.optOuts) ? (ours.optOuts as unknown[]) : [];
    return list.map(String);
  }

  get accepted(): readonly Acceptance[] {
    return acceptedBy(this.identity.metadata);
  }

  #within(properties: Readonly<Record<string, unknown>>): ResourceReader {
    return new ResourceReader(this.identity, properties);
  }

  #raw(path: readonly string[]): unknown {
    let value: unknown = this.properties;
    for (const name of path) {
      if (value instanceof OpenValue) return value;
      value = isRecord(value) ? value[name] : undefined;
    }
    return value;
  }

  #as<T>(path: readonly string[], convert: (value: unknown) => T): Reading<T> {
    const reading = this.at(...path);
    if ('unknown' in reading) return reading;
    return known(convert(reading.value));
  }
}

function problemOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return 'it is not JSON';
  const [issue] = error.issues;
  return issue ? `${issue.path.map(String).join('.')}: ${issue.message}` : 'it has another form';
}

/** CloudFormation takes the text for the value. */
export function isOn(value: unknown): boolean {
  return value === true || String(value).toLowerCase() === 'true';
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof OpenValue);
}

/** A scalar of a template as text; what should be one and is not, as JSON. */
export function toText(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}
