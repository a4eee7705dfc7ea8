/** The data layer of a config, for an app that may hold the backup's stacks too. */
import type { App } from 'aws-cdk-lib';
import { accountSettings } from '../../config/accounts.js';
import {
  resolveDeployment,
  resolveSourceAccount,
  type HoldfastConfig,
  type NetworkConfig,
} from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { DataLayerStack } from './data-layer-stack.js';
import { addRotations } from './rotations/add-rotations.js';

export interface AddDataLayerOptions {
  /** Directory of the bundles of the rotation functions. @default the package's dist/rotation */
  readonly rotationBundles?: string | undefined;
}

/**
 * Adds the stack `<prefix>-data-layer`, with the rotation of its secrets, where the config has a section `dataLayer`.
 *
 * @throws HoldfastError CONFIG_INVALID when a Region is missing, values contradict each other, or a requirement is
 *   given up without a reason
 */
export function addDataLayer(
  app: App,
  config: HoldfastConfig,
  { rotationBundles }: AddDataLayerOptions = {},
): DataLayerStack | undefined {
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
  const stack = new DataLayerStack(app, `${dataLayer.prefix}-data-layer`, {
    env: { account: accountSettings(config).dataLayer.account, region },
    layer: dataLayer,
    backups: config.databases.some(({ inDataLayer }) => inDataLayer),
  });
  addRotations(stack, { bundles: rotationBundles });
  return stack;
}

/**
 * The config with what the data layer's stack knows of the databases in its cluster: the key of their secret,
 * and where no network is given for backups, the cluster's own.
 */
export function withDataLayer(config: HoldfastConfig, layer: DataLayerStack): HoldfastConfig {
  if (!config.databases.some(({ inDataLayer }) => inDataLayer)) return config;
  const sourceAccount = config.sourceAccount ?? resolveSourceAccount({}, resolveDeployment({}));
  return {
    ...config,
    databases: config.databases.map((database) =>
      database.inDataLayer ? { ...database, secretKmsKeyArn: layer.encryptionKey.keyArn } : database,
    ),
    sourceAccount: {
      ...sourceAccount,
      account: accountSettings(config).source.account,
      network: sourceAccount.network ?? networkOf(layer),
    },
  };
}

function networkOf({ vpc, subnets, securityGroups, network }: DataLayerStack): NetworkConfig | undefined {
  if (vpc === undefined || securityGroups?.backup === undefined) return undefined;
  return {
    vpcId: vpc.vpcId,
    subnetIds: subnets.map((subnet) => subnet.subnetId),
    securityGroupIds: [securityGroups.backup.securityGroupId],
    databaseSecurityGroupIds: [],
    // A network that the data layer made has them.
    endpoints: false,
    routeTableIds: [],
    isolated: network !== undefined,
  };
}
