/** Which account of the config a stack belongs to. */
import { accountSettings, PLACE_NAMES, type AccountSettings, type Place } from '../../config/accounts.js';
import type { HoldfastConfig } from '../../config/index.js';
import { backupStackName, planVault } from '../../policies/index.js';

export interface StackAccount {
  /** For messages: `the backup account`. */
  readonly place: string;
  /** How to sign in there; the account is known where the config says it in any way. */
  readonly settings: AccountSettings;
  /** Whether it holds the vault. */
  readonly isBackup: boolean;
  readonly isDataLayer: boolean;
}

/** @returns the account of a stack, by its name @throws HoldfastError CONFIG_INVALID */
export function stackAccounts(config: HoldfastConfig): (stackName: string) => StackAccount {
  const layer = config.dataLayer;
  // A data layer alone has no vault that could be planned.
  const hasVault = config.backupAccount !== undefined || config.databases.length + config.discoveries.length > 0;
  const plan = hasVault ? planVault(config) : undefined;
  const settings = accountSettings(config);
  const of = (place: Place) => ({
    place: PLACE_NAMES[place],
    settings: settings[place],
    isBackup: place === 'backup',
    isDataLayer: place === 'dataLayer',
  });
  return (stackName) => {
    if (plan && stackName === backupStackName(plan.environment)) return of('backup');
    // The name that the data layer's stack has from `addDataLayer`.
    return of(layer && stackName === `${layer.prefix}-data-layer` ? 'dataLayer' : 'source');
  };
}
