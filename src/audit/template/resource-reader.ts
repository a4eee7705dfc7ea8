/** Typed reading of one resource's resolved properties: what is open becomes an unknown reading. */
import type { Acceptance } from '../model/facts.js';
import { known, type Reading, unknown } from '../model/reading.js';
import { parsePolicy, type ParsedPolicy } from '../policies/parse-policy.js';
import { findOpen, OpenValue } from './open-value.js';
import { acceptedBy } from './opt-outs.js';

export class ResourceReader {
  constructor(
    readonly stack: string,
    readonly logicalId: string,
    readonly type: string,
    /** Resolved. */
    readonly properties: Readonly<Record<string, unknown>>,
    readonly metadata: Readonly<Record<string, unknown>>,
    /** What `Fn::GetAtt` of `Arn` gives. */
    readonly arn: Reading<string>,
  ) {}

  get id(): string {
    return `${this.stack}/${this.logicalId}`;
  }

  /** Whatever stands at a path of property names; `undefined` where nothing does. */
  at(...path: readonly string[]): Reading<unknown> {
    let value: unknown = this.properties;
    for (const name of path) {
      if (value instanceof OpenValue) break;
      value = isRecord(value) ? value[name] : undefined;
    }
    const open = findOpen(value);
    return open ? unknown(open.reason) : known(value);
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
    return this.#as(path, (value) => (value === undefined ? undefined : parsePolicy(value)));
  }

  /** The list items at a path as readers of their own. */
  items(...path: readonly string[]): Reading<readonly ResourceReader[]> {
    const value = this.#raw(path);
    if (value instanceof OpenValue) return unknown(value.reason);
    const list: unknown[] = Array.isArray(value) ? value : [];
    const open = list.find((item) => item instanceof OpenValue);
    if (open instanceof OpenValue) return unknown(open.reason);
    return known(list.filter(isRecord).map((item) => this.#within(item)));
  }

  /** The first item of the list at a path, as a reader; an empty one where there is none. */
  first(...path: readonly string[]): ResourceReader {
    const items = this.items(...path);
    return ('value' in items ? items.value[0] : undefined) ?? this.#within({});
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
    const ours = this.metadata.Holdfast;
    const list = isRecord(ours) && Array.isArray(ours.optOuts) ? (ours.optOuts as unknown[]) : [];
    return list.map(String);
  }

  get accepted(): readonly Acceptance[] {
    return acceptedBy(this.metadata);
  }

  #within(properties: Readonly<Record<string, unknown>>): ResourceReader {
    return new ResourceReader(this.stack, this.logicalId, this.type, properties, this.metadata, this.arn);
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
