/** The data layer of a config, for an app that may hold the backup's stacks too. */
import { CfnOutput, CfnParameter, Fn, Token, type App, type Stack } from 'aws-cdk-lib';
import { accountSettings } from '../../config/accounts.js';
import { sourceAccountOf, type HoldfastConfig, type NetworkConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { LAYER_BACKUP_GROUP, LAYER_KEY, LAYER_VPC, layerSubnet } from '../../policies/index.js';
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

/** The config of the backups, and what their stack takes from the data layer's. */
export interface LayeredConfig {
  readonly config: HoldfastConfig;
  /** Declares the parameters that the config refers to, in the stack that is made of it. */
  readonly declare: (stack: Stack) => void;
}

/**
 * The config with what the data layer's stack knows of the databases in its cluster: the key of their secret,
 * and where no network is given for backups, the cluster's own. What AWS makes up is an output of one stack and a
 * parameter of the other.
 */
export function withDataLayer(config: HoldfastConfig, layer: DataLayerStack): LayeredConfig {
  if (!config.databases.some(({ inDataLayer }) => inDataLayer)) return { config, declare: () => {} };
  const handOver = new HandOver(layer);
  return { config: layered(config, layer, handOver), declare: (stack) => handOver.declare(stack) };
}

function layered(config: HoldfastConfig, layer: DataLayerStack, handOver: HandOver): HoldfastConfig {
  const sourceAccount = sourceAccountOf(config);
  const keyArn = handOver.value(LAYER_KEY, layer.encryptionKey.keyArn);
  return {
    ...config,
    databases: config.databases.map((database) =>
      database.inDataLayer ? { ...database, secretKmsKeyArn: keyArn } : database,
    ),
    sourceAccount: {
      ...sourceAccount,
      account: accountSettings(config).source.account,
      network: sourceAccount.network ?? networkOf(layer, handOver),
    },
  };
}

/** Values of one stack for another: an output there, a reference to a parameter here. */
class HandOver {
  readonly #layer: Stack;
  readonly #names: string[] = [];

  constructor(layer: Stack) {
    this.#layer = layer;
  }

  /** @returns the value itself where it is known */
  value(name: string, value: string): string {
    if (!Token.isUnresolved(value)) return value;
    new CfnOutput(this.#layer, name, { value, description: 'For the backups of databases in the cluster.' });
    this.#names.push(name);
    return Fn.ref(name);
  }

  declare(stack: Stack): void {
    for (const name of this.#names) {
      new CfnParameter(stack, name, { description: `The output ${name} of the stack ${this.#layer.stackName}.` });
    }
  }
}

function networkOf(
  { vpc, subnets, securityGroups, network }: DataLayerStack,
  handOver: HandOver,
): NetworkConfig | undefined {
  if (vpc === undefined || securityGroups?.backup === undefined) return undefined;
  return {
    vpcId: handOver.value(LAYER_VPC, vpc.vpcId),
    subnetIds: subnets.map(({ subnetId }, place) => handOver.value(layerSubnet(place), subnetId)),
    securityGroupIds: [handOver.value(LAYER_BACKUP_GROUP, securityGroups.backup.securityGroupId)],
    databaseSecurityGroupIds: [],
    // A network that the data layer made has them.
    endpoints: false,
    routeTableIds: [],
    isolated: network !== undefined,
  };
}
