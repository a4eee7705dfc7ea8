/** The CDK's toolkit with our credentials and our terminal, for one stack at a time: each may be in another account. */
import {
  BaseCredentials,
  DiffMethod,
  StackParameters,
  StackSelectionStrategy,
  Toolkit,
  ToolkitError,
  type DeploymentMethod,
  type ICloudAssemblySource,
} from '@aws-cdk/toolkit-lib';
import { abortError } from '../../core/cancellation.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { Session } from '../session.js';
import type { ApprovalLevel } from './approval.js';
import { awsFailure } from './aws-failures.js';
import { refuseLosses, type ResourceDifference } from './data-at-risk.js';
import { hasFailed, removeFailedStack, removePlannedStack } from './failed-stack.js';
import { findLeftovers, isKeptBy } from './leftovers/find-leftovers.js';
import { refuseForeign } from './leftovers/refuse-foreign.js';
import { findMissing, type MissingResource } from './missing-resources.js';
import { takeOver } from './leftovers/take-over.js';
import type { SignedIn } from './sign-in.js';
import type { Stack } from './synthesize.js';
import { ToolkitHost } from './toolkit-host.js';

export interface StackWork {
  readonly session: Session;
  readonly stack: Stack;
  readonly access: SignedIn;
  /** The cloud assembly. */
  readonly directory: string;
}

export const DEPLOYMENT_METHODS = ['change-set', 'direct'] as const;

export interface DeployOptions {
  readonly approval: ApprovalLevel;
  readonly method: (typeof DEPLOYMENT_METHODS)[number];
  /** For CloudFormation; those that are not named keep their values. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Names of what exists and is taken over, although nothing says that the config made it. */
  readonly adopt: readonly string[];
}

export interface Deployed {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  /** False where the template was deployed already. */
  readonly changed: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  /** What was there already, and belongs to the stack now. */
  readonly adopted: readonly { readonly type: string; readonly name: string }[];
}

/** @throws HoldfastError DEPLOY_FAILED with the reasons, NOT_BOOTSTRAPPED, APPROVAL_NEEDED, DECLINED, AWS_… */
export async function deployStack(work: StackWork, options: DeployOptions): Promise<Deployed> {
  const { session, stack, access } = work;
  const { approval, parameters } = options;
  await removeFailedStack(session, access, stack.name);
  const missing = await findMissing(session, stack, access);
  for (const { type, name } of missing) session.logger.warn(`${type} ${name} was deleted: it is made again.`);
  const adopted = refuseForeign(stack, await findLeftovers(session, stack, access), options.adopt);
  if (adopted.length > 0) await takeOver(session, stack, access, adopted, parameters);
  const result = await inToolkit(work, 'Deploying', approval, async (toolkit, source, host) => {
    const { stacks } = await toolkit.deploy(source, {
      stacks: only(stack),
      deploymentMethod: deploymentMethod(options.method, stack, adopted.length + missing.length > 0),
      parameters: StackParameters.withExisting({ ...parameters }),
    });
    return {
      outputs: stacks[0]?.outputs ?? {},
      changed: !host.unchanged,
      adopted: adopted.map(({ type, name }) => ({ type, name })),
    };
  }).catch(async (error: unknown) => {
    if (isRefusal(error)) await removePlannedStack(session, access, stack.name);
    throw error;
  });
  return { name: stack.name, account: access.account, region: access.region, ...result };
}

/**
 * An import takes a resource as it is, and what was deleted by hand is in the template still. What guards backups then
 * gets the settings of its template again; of a data layer, that could put back what has changed by itself since: the
 * version of a database, the capacity of a table.
 */
function deploymentMethod(method: DeployOptions['method'], { isDataLayer }: Stack, isOff: boolean): DeploymentMethod {
  const revertDrift = isOff && !isDataLayer;
  if (method === 'direct' && !revertDrift) return { method };
  return { method: 'change-set', changeSetName: 'holdfast', ...(revertDrift && { revertDrift }) };
}

function isRefusal(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === 'APPROVAL_NEEDED' || error.code === 'DECLINED');
}

export interface StackDifference {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  /** Whether there is such a stack; else all of it is new. */
  readonly deployed: boolean;
  /** `null` where it widens or narrows nothing. */
  readonly permissions: 'broadening' | 'non-broadening' | null;
  readonly resources: readonly ResourceDifference[];
  /** What the stack has by CloudFormation's account, and somebody has deleted. */
  readonly missing: readonly MissingResource[];
  /** For people, as the CDK formats it. */
  readonly text: string;
}

/** What deploying would change, from the templates: nothing is made to find out. */
export async function diffStack(work: StackWork): Promise<StackDifference> {
  const { stack, access } = work;
  const failed = await hasFailed(access, stack.name);
  if (failed) {
    work.session.logger.warn(
      `${stack.name} could not be made: what is compared is the template of that attempt. \`holdfast deploy\` starts anew.`,
    );
  }
  const missing = failed ? [] : await findMissing(work.session, stack, access);
  return inToolkit(work, 'Comparing', 'never', async (toolkit, source, host) => {
    const resources = await differences(toolkit, source, stack);
    const { permissions, text } = host.difference;
    const all = Object.keys(stack.template.Resources ?? {}).length;
    return {
      name: stack.name,
      account: access.account,
      region: access.region,
      deployed: !failed && (resources.length !== all || resources.some(({ change }) => change !== 'add')),
      permissions: permissions === 'none' ? null : permissions,
      resources,
      missing,
      text,
    };
  });
}

/**
 * @param replace logical ids of what holds data, and may be replaced or deleted
 * @returns what would change
 * @throws HoldfastError DATA_AT_RISK where deploying would take anything else that holds data; AWS_…
 */
export async function refuseDataLoss(
  work: StackWork,
  replace: readonly string[],
): Promise<readonly ResourceDifference[]> {
  const { session, stack, access } = work;
  // What an attempt has made is gone with it, or is taken over as it is.
  if (await hasFailed(access, stack.name)) return [];
  const found = await inToolkit(work, 'Comparing', 'never', (toolkit, source) => differences(toolkit, source, stack));
  session.logger.debug(`${stack.name}: ${found.length} resources differ.`);
  refuseLosses(stack, found, replace);
  return found;
}

/** From the template that is deployed: nothing is made to find out. */
async function differences(
  toolkit: Toolkit,
  source: ICloudAssemblySource,
  stack: Stack,
): Promise<ResourceDifference[]> {
  const found = await toolkit.diff(source, { stacks: only(stack), method: DiffMethod.TemplateOnly() });
  const resources: ResourceDifference[] = [];
  for (const template of Object.values(found)) {
    template.resources.forEachDifference((id, difference) => {
      if (!difference.isDifferent) return;
      const { newResourceType, oldResourceType = '', oldValue, propertyUpdates } = difference;
      const change = changeOf(String(difference.changeImpact));
      const policy = change === 'replace' ? 'UpdateReplacePolicy' : 'DeletionPolicy';
      resources.push({
        id,
        type: String(newResourceType ?? oldResourceType),
        change,
        because:
          change === 'replace'
            ? Object.entries(propertyUpdates).flatMap(([name, { changeImpact }]) =>
                changeOf(String(changeImpact)) === 'replace' ? [name] : [],
              )
            : [],
        kept: isKeptBy(oldValue?.[policy]),
      });
    });
  }
  return resources;
}

function changeOf(impact: string): ResourceDifference['change'] {
  if (impact === 'WILL_CREATE' || impact === 'WILL_IMPORT') return 'add';
  if (impact === 'WILL_DESTROY' || impact === 'WILL_ORPHAN') return 'remove';
  return impact === 'WILL_REPLACE' || impact === 'MAY_REPLACE' ? 'replace' : 'update';
}

/** @returns whether there was anything to delete @throws as {@link deployStack} */
export async function destroyStack(work: StackWork): Promise<boolean> {
  return inToolkit(work, 'Deleting', 'never', async (toolkit, source) => {
    const { stacks } = await toolkit.destroy(source, { stacks: only(work.stack) });
    return stacks[0]?.stackExisted ?? false;
  });
}

function only({ id }: Stack) {
  return { strategy: StackSelectionStrategy.PATTERN_MUST_MATCH_SINGLE, patterns: [id] };
}

async function inToolkit<T>(
  { session, stack, access, directory }: StackWork,
  doing: string,
  approval: ApprovalLevel,
  work: (toolkit: Toolkit, source: ICloudAssemblySource, host: ToolkitHost) => Promise<T>,
): Promise<T> {
  const host = new ToolkitHost({ session, stack: stack.name, approval });
  const toolkit = new Toolkit({
    ioHost: host,
    emojis: false,
    color: session.style.colors.isColorSupported,
    sdkConfig: {
      baseCredentials: BaseCredentials.custom({ provider: access.credentials, region: access.region }),
    },
  });
  try {
    const source = await toolkit.fromAssemblyDirectory(directory);
    return await untilAborted(work(toolkit, source, host), session);
  } catch (error) {
    if (session.signal.aborted) throw error;
    throw host.refusal ?? toolkitFailure(error, `${doing} ${stack.name}`, host);
  }
}

/** The toolkit cannot be stopped, and CloudFormation goes on with what it has begun in any case. */
function untilAborted<T>(work: Promise<T>, { signal, logger }: Session): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      logger.warn('CloudFormation goes on with what it has begun; run the same command again to wait for it.');
      reject(abortError(signal));
      // It would keep the process alive with its polling; the error is printed before.
      setTimeout(() => process.exit(130), 500).unref();
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function toolkitFailure(error: unknown, what: string, { failures }: ToolkitHost): HoldfastError {
  const chain = causesOf(error);
  const bootstrap = chain.find((cause) => ToolkitError.isBootstrapError(cause));
  if (bootstrap) {
    const { account, region } = bootstrap.environment;
    return new HoldfastError(
      'NOT_BOOTSTRAPPED',
      `${what}: account ${account} in ${region} is not prepared for the CDK.`,
      {
        cause: error,
        hint: `Prepare it once: npx cdk bootstrap aws://${account}/${region}.`,
      },
    );
  }
  if (failures.length > 0) {
    const list = failures.map(({ message }) => `  ${message}`).join('\n');
    return new HoldfastError('DEPLOY_FAILED', `${what} failed:\n${list}`, {
      cause: error,
      details: { problems: failures },
    });
  }
  const authentication = chain.find((cause) => ToolkitError.isAuthenticationError(cause));
  if (authentication) {
    return new HoldfastError('AWS_CREDENTIALS', `${what}: ${messageOf(authentication)}`, { cause: error });
  }
  if (chain.some((cause) => ToolkitError.isDeploymentError(cause))) {
    return new HoldfastError('DEPLOY_FAILED', `${what}: ${messageOf(error)}`, { cause: error });
  }
  return awsFailure(chain.at(-1), { what, action: 'cloudformation:*' });
}

function causesOf(error: unknown): unknown[] {
  const found: unknown[] = [];
  for (let cause = error; cause !== undefined && found.length < 8;) {
    found.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return found;
}
