/** What the commands on stacks begin with: the stacks of the config, and credentials for each that is meant. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { throwIfAborted } from '../../core/cancellation.js';
import type { Session } from '../session.js';
import { signIn, type SignedIn } from './sign-in.js';
import { selectStacks, synthesize, type Stack, type Synthesized } from './synthesize.js';

export interface StackOptions {
  /** Only these; @default all */
  readonly stack?: readonly string[];
  /** Where the cloud assembly is written. @default a temporary directory */
  readonly out?: string;
}

export interface OpenedStacks extends Synthesized {
  /** Of {@link Synthesized.stacks} those that are meant. */
  readonly selected: readonly Stack[];
  /** Credentials for a stack's account; asked for once for each account. */
  readonly access: (stack: Stack) => Promise<SignedIn>;
}

/**
 * Synthesizes, and hands over what is meant; a temporary assembly goes afterwards.
 *
 * @throws HoldfastError CONFIG_…, SYNTH_FAILED, USAGE for a stack that is not there; what `work` throws
 */
export async function withStacks<T>(
  session: Session,
  options: StackOptions,
  work: (stacks: OpenedStacks) => Promise<T>,
): Promise<T> {
  const config = await session.config.required();
  const own = options.out === undefined;
  const directory = own ? await mkdtemp(join(tmpdir(), 'holdfast-stacks-')) : resolve(session.cwd, options.out ?? '');
  try {
    session.logger.info('Synthesizing the stacks.');
    const synthesized = synthesize(session, config, directory);
    throwIfAborted(session.signal);
    const selected = selectStacks(synthesized.stacks, options.stack);
    return await work({ ...synthesized, selected, access: accessOnce(session) });
  } finally {
    if (own) await rm(directory, { recursive: true, force: true });
  }
}

/** Before anything is changed anywhere. @throws as of `signIn` */
export async function signInToAll({ selected, access }: OpenedStacks): Promise<void> {
  for (const stack of selected) await access(stack);
}

function accessOnce(session: Session): OpenedStacks['access'] {
  const known = new Map<string, Promise<SignedIn>>();
  return ({ place, settings, region }) => {
    // By what is signed in with: a code of an MFA device serves once.
    const { account, profile, roleArn } = settings;
    const key = JSON.stringify([account, profile, roleArn, region]);
    const found = known.get(key) ?? signIn(session, place, settings, region);
    known.set(key, found);
    return found;
  };
}
