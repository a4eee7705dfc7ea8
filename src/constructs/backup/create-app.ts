/** The CDK app of a config: what `holdfast synth`, `diff`, `deploy` and `destroy` work on. */
import { App } from 'aws-cdk-lib';
import type { HoldfastConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { SYNTH_CONTEXT } from '../shared/synth-context.js';
import { BackupAccountStack } from './backup-account-stack.js';
import { SourceAccountStack } from './source-account-stack.js';

export interface CreateAppOptions {
  /** Where the cloud assembly is written. @default a temporary directory */
  readonly outdir?: string;
  /** Directory of the worker's bundle: it holds `holdfast.mjs`, which builds run as `node holdfast.mjs backup NAME`. */
  readonly bundle: string;
}

/**
 * An app with the stacks that the config asks for, in the order of deployment: with `backupAccount` the vault's account;
 * with databases and a vault in S3 the source account. The source stack's parameter `VaultKeyArn` takes the output
 * `VaultKeyArn` of the other; the config's `kmsKeyArn` is its default.
 *
 * @throws HoldfastError CONFIG_INVALID when values are missing, contradict each other or cannot be names on AWS
 */
export function createApp(config: HoldfastConfig, options: CreateAppOptions): App {
  const app = new App({ outdir: options.outdir, context: SYNTH_CONTEXT, analyticsReporting: false });
  if (config.backupAccount) new BackupAccountStack(app, config);
  if (config.databases.length > 0) new SourceAccountStack(app, config, { bundle: options.bundle });
  if (app.node.children.length === 0) {
    throw new HoldfastError('CONFIG_INVALID', 'The config has nothing for AWS: no backupAccount and no databases.');
  }
  return app;
}
