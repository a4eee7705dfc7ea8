/** Which account of the config a stack belongs to. */
import type { HoldfastConfig } from '../../config/index.js';
import { backupStackName, planVault } from '../../policies/index.js';
import type { AccountSettings } from './sign-in.js';

export interface StackAccount {
  /** For messages: `the backup account`. */
  readonly place: string;
  /** How to sign in there; the account is known where the config says it in any way. */
  readonly settings: AccountSettings;
  /** Whether it holds the vault. */
  readonly isBackup: boolean;
}

/** @returns the account of a stack, by its name @throws HoldfastError CONFIG_INVALID */
export function stackAccounts(config: HoldfastConfig): (stackName: string) => StackAccount {
  const layer = config.dataLayer;
  // A data layer alone has no vault that could be planned.
  const hasVault = config.backupAccount !== undefined || config.databases.length + config.discoveries.length > 0;
  const plan = hasVault ? planVault(config) : undefined;
  const source = { ...config.sourceAccount, account: plan?.sourceAccount ?? config.sourceAccount?.account };
  return (stackName) => {
    if (plan && stackName === backupStackName(plan.environment)) {
      const settings = { ...config.backupAccount, account: plan.backupAccount };
      return { place: 'the backup account', settings, isBackup: true };
    }
    // The name that the data layer's stack has from `addDataLayer`.
    if (layer && stackName === `${layer.prefix}-data-layer`) {
      return { place: 'the account of the data layer', settings: settingsOfLayer(layer, source), isBackup: false };
    }
    return { place: 'the source account', settings: source, isBackup: false };
  };
}

/** What the section leaves out is the source account's, unless it names another account. */
function settingsOfLayer(layer: AccountSettings, source: AccountSettings): AccountSettings {
  const { account = source.account, profile, roleArn } = layer;
  if (profile === undefined && roleArn === undefined && account === source.account) return source;
  return { account, profile, roleArn };
}
