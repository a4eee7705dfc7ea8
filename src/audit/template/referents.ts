/**
 * Which resources a reference means: one of its own stack first, by what `Ref` or the ARN gives, then one of another
 * stack by name. Where a name is open, so is whether it means a resource that may have it.
 */
import { matchesPattern } from '../policies/match.js';
import { findOpen, OpenValue } from './open-value.js';
import type { ResourceReader } from './resource-reader.js';
import { patternsMeet } from '../../syntax/patterns-meet.js';

/** Where a resource names others: property names, and what makes the name out of what stands there. */
export interface Reference {
  readonly at: readonly string[];
  /** What stands there is the target's name with this before it: `table/`. */
  readonly prefix?: string;
  /** … and this behind it: `/index/ByDate`. */
  readonly suffix?: string;
}

/** What a place in a template refers to, of one type. */
export interface Meant {
  readonly certain: ReadonlySet<ResourceReader>;
  /** Those that it may mean as well, and why that is not known. */
  readonly possible: ReadonlyMap<ResourceReader, OpenValue>;
}

export class Referents {
  /** By type and by all that means them: name, `Ref`, ARN, and what the template says where it leaves the name open. */
  readonly #byName = new Map<string, ResourceReader[]>();
  readonly #byType = new Map<string, ResourceReader[]>();
  readonly #meant = new Map<string, Meant>();

  constructor(readers: readonly ResourceReader[]) {
    for (const reader of readers) {
      push(this.#byType, reader.type, reader);
      for (const name of namesOf(reader)) push(this.#byName, `${reader.type} ${name}`, reader);
    }
  }

  /** What a place of a resource refers to. */
  of(source: ResourceReader, type: string, reference: Reference): Meant {
    const key = [source.id, type, reference.prefix ?? '', reference.suffix ?? '', ...reference.at].join(' ');
    const before = this.#meant.get(key);
    if (before) return before;
    const value = valueAt(source, reference);
    const meant = merge(
      (Array.isArray(value) ? (value as unknown[]) : [value]).map((one) => this.byValue(source, type, one)),
    );
    this.#meant.set(key, meant);
    return meant;
  }

  /** What one value in a source refers to. */
  byValue(source: ResourceReader, type: string, value: unknown): Meant {
    const open = findOpen(value);
    if (open) return this.#byOpen(source, type, open);
    if (typeof value !== 'string') return NOTHING;
    const named = nearestTo(source, this.#byName.get(`${type} ${value}`) ?? []);
    if (named.certain.size > 0 || named.possible.size > 0) return named;
    const all = this.#byType.get(type) ?? [];
    const certain = all.filter(({ identity }) => hasArn(identity, value));
    if (certain.length > 0) return nearestTo(source, certain);
    return possibly(
      all.filter(({ identity }) => mayBeNamed(identity, value)),
      ({ id, identity }) => new OpenValue(`${value} may be the name of ${id}`, identity.openName?.more),
    );
  }

  #byOpen(source: ResourceReader, type: string, open: OpenValue): Meant {
    const { expression, pattern = '*' } = open.more;
    const same = expression === undefined ? [] : (this.#byName.get(`${type} ${keyOf(expression)}`) ?? []);
    if (same.length > 0) return nearestTo(source, same);
    const all = this.#byType.get(type) ?? [];
    return possibly(
      all.filter(({ identity }) => patternsOf(identity).some((own) => patternsMeet(own, pattern))),
      () => open,
    );
  }
}

const NOTHING: Meant = { certain: new Set(), possible: new Map() };

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

function merge(parts: readonly Meant[]): Meant {
  const [first = NOTHING] = parts;
  if (parts.length < 2) return first;
  const certain = new Set(parts.flatMap((part) => [...part.certain]));
  const possible = new Map(parts.flatMap((part) => [...part.possible]).filter(([one]) => !certain.has(one)));
  return { certain, possible };
}

function possibly(readers: readonly ResourceReader[], reason: (one: ResourceReader) => OpenValue): Meant {
  return { certain: new Set(), possible: new Map(readers.map((one) => [one, reason(one)])) };
}

/** One of the own stack; else the only one that is in a place which the source can refer to. */
function nearestTo(source: ResourceReader, candidates: readonly ResourceReader[]): Meant {
  const own = candidates.find(({ stack }) => stack === source.stack);
  const near = own ? [own] : candidates.filter(({ identity }) => isNear(identity, source.identity));
  if (near.length < 2) return { certain: new Set(near), possible: new Map() };
  const twice = new OpenValue(`${near.map(({ id }) => id).join(' and ')} have the same name`);
  return possibly(near, () => twice);
}

type Identity = ResourceReader['identity'];

/** Account and Region of the two do not differ, as far as they are known. */
function isNear(one: Identity, other: Identity): boolean {
  const differ = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b;
  return !differ(one.account, other.account) && !differ(one.region, other.region);
}

function namesOf({ identity }: ResourceReader): Set<string> {
  const { name, ref, arn, openName } = identity;
  const expression = openName?.more.expression;
  return new Set([
    name,
    ref,
    ...('value' in arn ? [arn.value] : []),
    ...(expression === undefined ? [] : [keyOf(expression)]),
  ]);
}

/** No name begins so. */
function keyOf(expression: string): string {
  return `= ${expression}`;
}

/** Whether a value is its ARN: AWS makes up the last six characters of a secret's. */
function hasArn({ arn }: Identity, value: string): boolean {
  return 'value' in arn && arn.value.includes('?') && matchesPattern(arn.value, value);
}

/** Whether a name may be that of a resource of which a part is open: its own name, its account or its Region. */
function mayBeNamed(identity: Identity, value: string): boolean {
  // What stands for another resource's name is not known to be this one's.
  if (/\$\{(?!AWS::)/.test(value)) return false;
  const pattern = withoutPlace(value);
  return patternsOf(identity).some((own) => (own.includes('*') || pattern !== value) && patternsMeet(own, pattern));
}

/** Its name, `Ref` and ARN, with stars for what is open. */
function patternsOf({ name, ref, arn, openName }: Identity): string[] {
  const own = [...new Set([name, ref, ...('value' in arn ? [arn.value] : [])])];
  const open = openName?.more.pattern ?? '*';
  return own.map((one) => withoutPlace(openName ? one.replace(/\$\{(?!AWS::)[^}]+\}/, open) : one));
}

/** Account and Region may be any. */
function withoutPlace(text: string): string {
  return text.replaceAll(/\$\{AWS::[^}]+\}/g, '*');
}

function valueAt(source: ResourceReader, { at, prefix = '', suffix = '' }: Reference): unknown {
  let value: unknown = source.properties;
  for (const part of at) {
    if (value instanceof OpenValue) return value;
    value =
      typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[part] : undefined;
  }
  if (prefix === '' && suffix === '') return value;
  if (typeof value === 'string') return between(value, prefix, suffix);
  if (!(value instanceof OpenValue)) return undefined;
  const { pattern = '*', question } = value.more;
  if (!patternsMeet(pattern, `${prefix}*${suffix}`)) return undefined;
  return new OpenValue(value.reason, {
    pattern: between(pattern, prefix, suffix) ?? '*',
    ...(question && { question }),
  });
}

function between(text: string, prefix: string, suffix: string): string | undefined {
  const fits = text.startsWith(prefix) && text.endsWith(suffix) && text.length >= prefix.length + suffix.length;
  return fits ? text.slice(prefix.length, text.length - suffix.length) : undefined;
}
