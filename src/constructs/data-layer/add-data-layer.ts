/** The data layer of a config, for an app that may hold the backup's stacks too. */
import type { App } from 'aws-cdk-lib';
import { PLAIN_SPELLING, configError } from '../../config/problems.js';
import type { HoldfastConfig } from '../../config/index.js';
import { resolveDataLayer, type DataLayerConfig } from '../../config/sections/data-layer-config.js';
import { dataLayerSchema, type DataLayerInput } from '../../config/sections/data-layer.js';
import { HoldfastError } from '../../core/errors.js';
import { DataLayerStack } from './data-layer-stack.js';

/**
 * Adds the stack `<prefix>-data-layer` where the config has a section `dataLayer`.
 *
 * @throws HoldfastError CONFIG_INVALID when a Region is missing, values contradict each other, or a requirement is given
 *   up without a reason
 */
export function addDataLayer(app: App, config: HoldfastConfig): DataLayerStack | undefined {
  const { dataLayer, region } = config;
  if (dataLayer === undefined) return undefined;
  if (region === undefined) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      'The data layer needs to know its Region: its key and its zones name it.',
      {
        hint: 'Add region to the config, for example us-east-1.',
      },
    );
  }
  return new DataLayerStack(app, `${dataLayer.prefix}-data-layer`, {
    env: { account: dataLayer.account ?? config.sourceAccount?.account, region },
    layer: dataLayer,
  });
}

/**
 * A section `dataLayer` for apps that have no config file: checked, and with its defaults.
 *
 * @throws HoldfastError CONFIG_INVALID with all problems
 */
export function parseDataLayer(input: DataLayerInput, environment?: string): DataLayerConfig {
  const result = dataLayerSchema.safeParse(input);
  if (result.success) return resolveDataLayer(result.data, environment);
  const problems = result.error.issues.map(({ path, message }) => ({ path, message }));
  throw configError('dataLayer', problems, PLAIN_SPELLING);
}
