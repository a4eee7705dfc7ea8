/**
 * What the audit knows of an account or of a template: one typed model, whichever of the two it comes from.
 *
 * Names follow the AWS APIs. An attribute is a `Reading`: absent settings are known values (`undefined`, `false`, an
 * empty list), while what a denied call or an open reference leaves unsaid is unknown.
 */
import type { Question, Reading, UnknownReason } from './reading.js';

/** Where the facts come from: a synthesized template, or the account itself. */
export type FactSource = 'template' | 'live';

/** What every resource has. */
export interface ResourceFact {
  /** The ARN in the account; `<stack>/<logical id>` in a template. */
  readonly id: string;
  /** Its common name: the bucket's name, the key's alias, the table's name. */
  readonly name: string;
  /** Why its name is not known before deployment: `name` then stands for it. */
  readonly openName?: UnknownReason & { readonly pattern: string };
  /**
   * Of a resource that is not here, only something that belongs to it: the controls that this is enough for. Others are
   * not asked. @default all
   */
  readonly judgedFor?: readonly string[];
  /** The account that it belongs to, by its ARNs. Absent: the one that all facts were read from. */
  readonly account?: string;
  /** Of a template: the part of AWS that its stack goes to (`aws-us-gov`). @default 'aws', as far as no ARN says it */
  readonly partition?: string;
  /** Of a template: the file that it is in, as the audit was asked to read it. */
  readonly file?: string;
  readonly tags: Reading<Readonly<Record<string, string>>>;
  /** Controls that the resource's owner has opted out of by name (template metadata `Holdfast.optOuts`). */
  readonly optOuts: readonly string[];
  /** Requirements that cannot be met here, and why (template metadata `Holdfast.accepted`). Live: none. */
  readonly accepted?: readonly Acceptance[];
}

export interface Acceptance {
  /** Id of the control. */
  readonly control: string;
  readonly reason: string;
}

/** One target-tracking policy with its target. */
export interface ScalingFact {
  readonly dimension: string;
  readonly minCapacity: Reading<number>;
  readonly maxCapacity: Reading<number>;
  readonly metric: Reading<string | undefined>;
  readonly targetValue: Reading<number | undefined>;
}

/** A subnet that something runs in. */
export interface SubnetFact {
  readonly id: string;
  readonly availabilityZone: Reading<string | undefined>;
  /** Whether its route table has a route to an internet gateway. */
  readonly routesToInternetGateway: Reading<boolean>;
}

/**
 * The kinds of resources that a control may be about, each with its type. A service adds its own in its `facts.ts`
 * (`declare module`), so that a service is one folder and this folder knows none of them.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface FactKinds {}

export type FactKind = keyof FactKinds;

/** The resource type of a kind. */
export type FactOf<K extends FactKind> = FactKinds[K];

/** A part of an account or template that is not read: nothing is known of it, and nothing is said for it. */
export interface UnreadPart {
  /** As that of a resource. */
  readonly id: string;
  readonly name: string;
  /** As its service calls it: `AWS::CloudFormation::Stack`. */
  readonly type: string;
  /** Why it is not read; half a sentence. */
  readonly reason: string;
  /** The template that it is in. */
  readonly file?: string;
}

/** A template as it was read, so that another reader can tell that it has the same. */
export interface TemplateRecord {
  readonly stack: string;
  readonly file?: string;
  /** Of the file's bytes, in hex; absent where it was not read from a file. */
  readonly sha256?: string;
  /** The value that the audit took for each parameter: what it was given, or the default; `undefined`: none. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Those whose values are secrets. */
  readonly secretParameters: readonly string[];
}

/** Of what no control reads, though its service is audited. */
export const NO_CONTROL_READS = 'no control reads resources of this type, so nothing is claimed of it';

/** All facts, by kind. A list is a reading: where it could not be listed, nothing of the kind is evaluated. */
export type Facts = FactsOfKinds & {
  readonly source: FactSource;
  /** Account and Region that the facts were read from; absent in environment-agnostic templates. */
  readonly account?: string;
  readonly region?: string;
  /** When they were read. */
  readonly readAt: Date;
  /** Of an account: what of it was read. */
  readonly scope?: 'declared' | 'account';
  /** Of an account: the ARN of who asked. */
  readonly caller?: string;
  /** Of templates: the stacks. */
  readonly stacks?: readonly string[];
  readonly templates?: readonly TemplateRecord[];
  /** What was to be looked at and is not. @default nothing */
  readonly unread?: readonly UnreadPart[];
  /** Of templates: the same facts with one answer to what they leave to their deployment. */
  readonly suppose?: (question: Question, answer: boolean) => Facts;
};

type FactsOfKinds = { readonly [K in FactKind]: Reading<readonly FactOf<K>[]> };

/** The readings of a fact: the compiler refuses a list that forgets one. */
export type ReadingsOf<F extends ResourceFact> = {
  readonly [A in Exclude<keyof F, keyof ResourceFact> as F[A] extends Reading<unknown> ? A : never]-?: true;
};

/**
 * The fact of a resource that is not here, only something that belongs to it: all else of it is unknown.
 *
 * @param attributes all that a fact of its kind reads
 * @param here what is known
 * @param judgedFor the controls that this is enough for
 */
export function factOfElsewhere<F extends ResourceFact>(
  common: ResourceFact,
  attributes: ReadingsOf<F>,
  here: Partial<F>,
  judgedFor: readonly string[],
): F {
  const elsewhere = { unknown: { reason: 'It is not in the template.' } };
  const all = Object.fromEntries(Object.keys(attributes).map((attribute) => [attribute, elsewhere]));
  return { ...all, ...common, ...here, judgedFor } as unknown as F;
}
