/** From the config to CloudFormation templates: the only place that loads the CDK's constructs. */
import type { AccountSettings } from '../../config/accounts.js';
import type { HoldfastConfig } from '../../config/index.js';
import { requireFilledIn } from '../../config/placeholders.js';
import { createApp } from '../../constructs/backup/create-app.js';
import type { StackProblem } from '../../core/error-details.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { Session } from '../session.js';
import { rotationDirectory } from '../rotation-directory.js';
import { workerDirectory } from '../worker-directory.js';
import { stackAccounts } from './stack-account.js';

/** A template, as far as we look into it. */
export interface Template {
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** One stack of the config, ready to be deployed. */
export interface Stack {
  readonly name: string;
  /** Its name within the assembly. */
  readonly id: string;
  /** For messages: `the backup account`. */
  readonly place: string;
  /** How to sign in there; the account is known where the config says it in any way. */
  readonly settings: AccountSettings;
  readonly region: string;
  /** Whether it holds the vault. */
  readonly isBackup: boolean;
  readonly isDataLayer: boolean;
  /** `s3://BUCKET/KEY`: where the CDK's toolkit puts its template. */
  readonly templateUrl?: string | undefined;
  readonly template: Template;
}

export interface Synthesized {
  /** The cloud assembly. */
  readonly directory: string;
  /** In the order of deployment. */
  readonly stacks: readonly Stack[];
}

/**
 * Synthesizes all stacks of the config.
 *
 * @param directory where the assembly is written
 * @throws HoldfastError CONFIG_INVALID, SYNTH_FAILED
 */
export function synthesize(session: Session, config: HoldfastConfig, directory: string): Synthesized {
  requireFilledIn('the stacks', config);
  const assembly = build(config, directory);
  const problems: StackProblem[] = [];
  for (const { stackName, messages } of assembly.stacks) {
    for (const { level, id, entry } of messages) {
      const resource = id.replace(/^\//, '');
      const message = typeof entry.data === 'string' ? entry.data : JSON.stringify(entry.data);
      // The CDK's enumeration of levels, spelled out: its values are part of the assembly's format.
      if (String(level) === 'error') problems.push({ stack: stackName, resource, message });
      else if (String(level) === 'warning') session.logger.warn(`${stackName}, ${resource}: ${message}`);
    }
  }
  if (problems.length > 0) {
    const list = problems.map(({ stack, resource, message }) => `  ${stack}, ${resource}: ${message}`).join('\n');
    throw new HoldfastError('SYNTH_FAILED', `The stacks have ${problems.length} errors:\n${list}`, {
      details: { problems },
    });
  }
  const accountOf = stackAccounts(config);
  const stacks = assembly.stacks.map((stack) => {
    const { stackName: name, hierarchicalId: id, environment, stackTemplateAssetObjectUrl: templateUrl } = stack;
    const template = stack.template as Template;
    return { name, id, ...accountOf(name), region: environment.region, templateUrl, template };
  });
  // The vault first: its key is a parameter of the others.
  stacks.sort((a, b) => Number(b.isBackup) - Number(a.isBackup));
  return { directory, stacks };
}

function build(config: HoldfastConfig, outdir: string) {
  // The CDK's own validation takes three times as long as the rest of a synthesis. What these constructs make is held to
  // cfn-lint and cdk-nag by the tests; CDK_VALIDATION=true brings it back.
  process.env.CDK_VALIDATION ??= 'false';
  try {
    return createApp(config, { outdir, bundle: workerDirectory(), rotationBundles: rotationDirectory() }).synth();
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError('SYNTH_FAILED', `Synthesizing the stacks: ${messageOf(error)}`, { cause: error });
  }
}

/** Those that are named, in the order of deployment; all where none is. @throws HoldfastError USAGE */
export function selectStacks(stacks: readonly Stack[], names: readonly string[] | undefined): readonly Stack[] {
  if (names === undefined) return stacks;
  const unknown = names.find((name) => !stacks.some((stack) => stack.name === name));
  if (unknown !== undefined) {
    throw new HoldfastError('USAGE', `--stack is ${unknown}, and the config has no such stack.`, {
      hint: `It has: ${stacks.map(({ name }) => name).join(', ')}.`,
    });
  }
  return stacks.filter(({ name }) => names.includes(name));
}
