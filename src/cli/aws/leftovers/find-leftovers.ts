/**
 * What a stack is to make and is there already: left by a stack that was deleted or could not be made, by a database
 * that was taken out of the config, or made by somebody else.
 */
import { mapBounded } from '../../../core/bounded-concurrency.js';
import type { Session } from '../../session.js';
import { awsFailure } from '../aws-failures.js';
import type { SignedIn } from '../sign-in.js';
import type { Stack, Template, TemplateResource } from '../synthesize.js';
import { findAlias, KINDS, type Found, type Kind } from './kinds.js';
import { leftByDeleted, resourcesOf, type PhysicalIds } from './stack-resources.js';

/** A resource of the template that exists, and that the stack does not have. */
export interface Leftover {
  readonly logicalId: string;
  readonly type: string;
  /** Its identifier in CloudFormation's registry: the property and the value. */
  readonly identifier: Readonly<Record<string, string>>;
  /** For people and for `--adopt`: a name, or the ARN of a key. */
  readonly name: string;
  /** Whether this config made it. */
  readonly own: boolean;
  /** The resource that it goes with, by its logical id: the bucket of a policy, the key of an alias. */
  readonly of?: string | undefined;
  /** Why it cannot be taken over as it is. */
  readonly problem?: string | undefined;
}

const AT_ONCE = 8;

/**
 * @returns nothing where nobody may look: CloudFormation then says what is in its way
 * @throws HoldfastError AWS_… when AWS cannot be reached
 */
export async function findLeftovers(session: Session, stack: Stack, access: SignedIn): Promise<Leftover[]> {
  const { clientOptions: options } = access;
  const seen = await orUnseen(session, stack, 'cloudformation:ListStackResources', async () => {
    const present = await resourcesOf(options, stack.name);
    // One that is only planned has none.
    return { present, left: present?.size ? new Map() : await leftByDeleted(options, stack.name) };
  });
  if (seen === undefined) return [];
  const search = new Search(session, stack, access, seen.present ?? new Map(), seen.left);
  return search.run();
}

/** CloudFormation takes nothing in that would go with the stack. */
export function isKept({ DeletionPolicy }: TemplateResource): boolean {
  return isKeptBy(DeletionPolicy);
}

/** @param policy DeletionPolicy or UpdateReplacePolicy */
export function isKeptBy(policy: unknown): boolean {
  return policy === 'Retain' || policy === 'RetainExceptOnCreate';
}

class Search {
  readonly #session: Session;
  readonly #stack: Stack;
  readonly #access: SignedIn;
  readonly #present: PhysicalIds;
  readonly #left: PhysicalIds;

  constructor(session: Session, stack: Stack, access: SignedIn, present: PhysicalIds, left: PhysicalIds) {
    this.#session = session;
    this.#stack = stack;
    this.#access = access;
    this.#present = present;
    this.#left = left;
  }

  async run(): Promise<Leftover[]> {
    const candidates = Object.entries(this.#resources).filter(
      ([id, resource]) => !this.#present.has(id) && isKept(resource),
    );
    const look = ([id, resource]: (typeof candidates)[number]) => this.#look(id, resource);
    const found = await mapBounded(candidates, AT_ONCE, look, this.#session.signal);
    const leftovers = found.filter((leftover) => leftover !== undefined);
    const isOwn = (id: string) => leftovers.find(({ logicalId }) => logicalId === id)?.own ?? this.#present.has(id);
    return leftovers.map((leftover) => ({
      ...leftover,
      own: leftover.of === undefined ? leftover.own : isOwn(leftover.of),
    }));
  }

  get #resources(): NonNullable<Template['Resources']> {
    return this.#stack.template.Resources ?? {};
  }

  async #look(logicalId: string, resource: TemplateResource): Promise<Leftover | undefined> {
    const { Type: type, Properties: properties = {} } = resource;
    const kind = KINDS[type];
    if (kind === undefined) return undefined;
    const before = this.#left.get(logicalId);
    const left = before?.type === type ? before.physicalId : undefined;
    // What another name was given since is not what the template means.
    const named = kind.named === undefined ? undefined : properties[kind.named];
    const id = typeof named === 'string' ? named : (left ?? (await this.#keyOfAlias(logicalId, kind)));
    if (id === undefined) return undefined;
    const found = await this.#try(kind.action, () => kind.find(this.#access.clientOptions, id));
    if (found === undefined) return undefined;
    return {
      logicalId,
      type,
      identifier: { [kind.identifier]: found.id },
      name: found.arn ?? found.id,
      of: this.#ownerOf(type, properties),
      own: left === found.id || type === 'AWS::Logs::LogGroup' || hasTagsOf(properties, found),
      problem: found.problem,
    };
  }

  /** A key has no name: it is the one that its alias leads to. */
  async #keyOfAlias(logicalId: string, kind: Kind): Promise<string | undefined> {
    if (kind !== KINDS['AWS::KMS::Key']) return undefined;
    const alias = Object.values(this.#resources).find(
      ({ Type, Properties = {} }) => Type === 'AWS::KMS::Alias' && referredTo(Properties['TargetKeyId']) === logicalId,
    )?.Properties?.['AliasName'];
    if (typeof alias !== 'string') return undefined;
    const found = await this.#try('kms:ListAliases', () => findAlias(this.#access.clientOptions, alias));
    return found?.TargetKeyId;
  }

  /** These have no tags of their own. */
  #ownerOf(type: string, properties: NonNullable<TemplateResource['Properties']>): string | undefined {
    if (type === 'AWS::KMS::Alias') return referredTo(properties['TargetKeyId']);
    if (type !== 'AWS::S3::BucketPolicy') return undefined;
    const bucket = Object.entries(this.#resources).find(
      ([, { Type, Properties = {} }]) =>
        Type === 'AWS::S3::Bucket' && Properties['BucketName'] === properties['Bucket'],
    );
    return bucket?.[0] ?? referredTo(properties['Bucket']);
  }

  #try<T>(action: string, ask: () => Promise<T>): Promise<T | undefined> {
    return orUnseen(this.#session, this.#stack, action, ask);
  }
}

/** @throws HoldfastError AWS_… but for a permission that is missing */
async function orUnseen<T>(
  { logger }: Session,
  stack: Stack,
  action: string,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const failure = awsFailure(error, { what: `Looking for what is left of ${stack.name}`, action });
    if (failure.code !== 'AWS_DENIED') throw failure;
    logger.debug(failure.message);
    return undefined;
  }
}

/** Every tag that the template gives, of which there has to be one. */
function hasTagsOf(properties: NonNullable<TemplateResource['Properties']>, { tags = {} }: Found): boolean {
  const given = properties['Tags'];
  if (!Array.isArray(given) || given.length === 0) return false;
  return given.every(({ Key, Value }: { Key?: unknown; Value?: unknown }) => tags[String(Key)] === Value);
}

/** The logical id in `{Ref: ID}` or `{Fn::GetAtt: [ID, …]}`. */
function referredTo(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as { Ref?: unknown; 'Fn::GetAtt'?: unknown };
  if (typeof ref === 'string') return ref;
  return Array.isArray(attribute) && typeof attribute[0] === 'string' ? attribute[0] : undefined;
}
