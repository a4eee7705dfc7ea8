/** What a control says of a resource that is as it should be, of broken ones, and of what it could not read. */
import type { Control } from '../../src/audit/model/control.js';
import type { Declared } from '../../src/audit/model/declared.js';
import type { FactKind, FactOf, Facts } from '../../src/audit/model/facts.js';

export interface More {
  readonly facts?: Partial<Facts>;
  readonly declared?: Partial<Declared>;
}

export interface Fixture<K extends FactKind = FactKind> extends More {
  readonly control: Control<K>;
  /** Passes. @default that of the builder */
  readonly good?: FactOf<K>;
  /** The attributes without which it cannot be evaluated, wherever it is. */
  readonly reads: readonly (keyof FactOf<K>)[];
  /** The ones that only the live audit asks for. */
  readonly readsLive?: readonly (keyof FactOf<K>)[];
  /** A problem in words, and what brings it about. */
  readonly fails: readonly Broken<K>[];
}

export type Broken<K extends FactKind> = readonly [
  problem: string,
  change: Partial<FactOf<K>>,
  more?: More & { readonly onlyOn?: 'live' | 'template' },
];

/** Lets the fixture of one kind stand in a list of all. */
export function fixture<K extends FactKind>(one: Fixture<K>): Fixture {
  return one as unknown as Fixture;
}
