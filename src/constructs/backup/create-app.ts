/** The CDK app of a config: what `holdfast synth`, `diff`, `deploy` and `destroy` work on. */
import { App } from 'aws-cdk-lib';
import { declaredFrom } from '../../audit/declared-from-config.js';
import { NOTHING_DECLARED } from '../../audit/model/declared.js';
import type { HoldfastConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { HoldfastChecks } from '../audit/holdfast-checks.js';
import { addDataLayer, withDataLayer } from '../data-layer/add-data-layer.js';
import { addValidationPlugin, dependOn } from '../shared/cdk-versions.js';
import { SYNTH_CONTEXT } from '../shared/synth-context.js';
import { BackupAccountStack } from './backup-account-stack.js';
import { SourceAccountStack } from './source-account-stack.js';

export interface CreateAppOptions {
  /** Where the cloud assembly is written. @default a temporary directory */
  readonly outdir?: string;
  /** Directory of the worker's bundle: it holds `holdfast.mjs`, which builds run as `node holdfast.mjs backup NAME`. */
  readonly bundle: string;
  /** Directory of the bundles of the rotation functions, a folder for each. @default the package's dist/rotation */
  readonly rotationBundles?: string;
}

/**
 * An app with the stacks that the config asks for, in the order of deployment: with `backupAccount` the vault's
 * account; with databases and a vault in S3 the source account. Where the config names no `kmsKeyArn`, the source stack
 * has the parameter `VaultKeyArn`, which takes the output of that name of the other stack; likewise what the backups of
 * databases in the data layer need of its stack.
 *
 * @throws HoldfastError CONFIG_INVALID when values are missing, contradict each other or cannot be names on AWS
 */
export function createApp(written: HoldfastConfig, { outdir, bundle, rotationBundles }: CreateAppOptions): App {
  const app = new App({ outdir, context: SYNTH_CONTEXT, analyticsReporting: false });
  const layer = addDataLayer(app, written, { rotationBundles });
  const layered = layer && withDataLayer(written, layer);
  const config = layered?.config ?? written;
  const backup = config.backupAccount && BackupAccountStack.fromConfig(app, config);
  if (config.databases.length > 0 || config.discoveries.length > 0) {
    const source = SourceAccountStack.fromConfig(app, config, { bundle });
    layered?.declare(source);
    if (layer) dependOn(source, layer, 'What the jobs back up must exist first.');
    if (backup) dependOn(source, backup, 'The key must exist first.');
  }
  if (app.node.children.length > 0) {
    addValidationPlugin(app, checksOf(written));
    return app;
  }
  throw new HoldfastError(
    'CONFIG_INVALID',
    'The config has nothing for AWS: no backupAccount, no databases, and no dataLayer.',
  );
}

/**
 * What would be a critical or high finding of the audit is not synthesized; `holdfast audit --template` reports the
 * others. What depends on a parameter it reports once the parameter has a value.
 */
function checksOf(config: HoldfastConfig): HoldfastChecks {
  const { trustedAccounts } = declaredFrom(config);
  return new HoldfastChecks({
    severity: 'high',
    notEvaluated: 'ignore',
    declared: { ...NOTHING_DECLARED, trustedAccounts },
  });
}
