/** Which account, profile and role each part uses. Every command and policy asks here, so all get the same answer. */
import { accountOfArn } from '../syntax/arn.js';
import type { HoldfastConfig } from './config.js';

/** How to sign in to an account; the number is set if the config gives it in any form. */
export interface AccountSettings {
  readonly account?: string | undefined;
  readonly profile?: string | undefined;
  readonly roleArn?: string | undefined;
}

/** What the config deploys, by target account. */
export type Place = 'source' | 'dataLayer' | 'backup';

/** What messages call the account of each place. */
export const PLACE_NAMES: Readonly<Record<Place, string>> = {
  source: 'the source account',
  dataLayer: 'the account of the data layer',
  backup: 'the backup account',
};

/** What accounts are read from: a config, or what will be one. */
interface Accounts extends Pick<HoldfastConfig, 'kmsKeyArn'> {
  readonly sourceAccount?: AccountSettings | undefined;
  readonly backupAccount?: (AccountSettings & { readonly existingKeyArn?: string | undefined }) | undefined;
  readonly dataLayer?: AccountSettings | undefined;
  readonly databases: readonly { readonly secretArn?: string | undefined }[];
}

/**
 * - `source`: the jobs and the databases. Without a section of its own it is the data layer's account.
 * - `dataLayer`: what the section leaves out comes from the source account, unless it names another account.
 * - `backup`: the vault.
 */
export function accountSettings(config: Accounts): Readonly<Record<Place, AccountSettings>> {
  const { sourceAccount, backupAccount, dataLayer } = config;
  const named = accountsNamed(config);
  const own = signInOf(sourceAccount, named.source[0]);
  const layer = signInOf(dataLayer, dataLayer?.account ?? own.account);
  const isOneAccount = dataLayer !== undefined && own.account === layer.account;
  const isLayer =
    dataLayer !== undefined && (isOneAccount || (sourceAccount === undefined && own.account === undefined));
  return {
    source: isLayer && !saysHow(own) ? layer : own,
    dataLayer: dataLayer === undefined || (isOneAccount && !saysHow(layer)) ? own : layer,
    backup: signInOf(backupAccount, named.backup[0]),
  };
}

/** Every account number that the config gives for a place, on its own or in an ARN; the first one counts. */
export function accountsNamed({
  sourceAccount,
  backupAccount,
  databases,
  kmsKeyArn,
}: Accounts): Readonly<Record<'source' | 'backup', readonly string[]>> {
  const known = (accounts: readonly (string | undefined)[]) => accounts.filter((one) => one !== undefined);
  return {
    source: known([sourceAccount?.account, ...databases.map(({ secretArn }) => accountOfArn(secretArn))]),
    backup: known([backupAccount?.account, accountOfArn(backupAccount?.existingKeyArn ?? kmsKeyArn)]),
  };
}

/** The account of a secret: the one in its ARN; for a bare name, the data layer's account if the secret is one of its own. */
export function settingsOfSecret(
  config: (Accounts & Pick<HoldfastConfig, 'dataLayer'>) | undefined,
  secret: string,
): AccountSettings {
  if (!config) return {};
  const { source, dataLayer, backup } = accountSettings(config);
  const account = accountOfArn(secret);
  if (account !== undefined) return [source, dataLayer, backup].find((one) => one.account === account) ?? source;
  const layer = config.dataLayer;
  const isOfLayer = layer?.secrets.some(({ name }) => name === secret) || secret.startsWith(`${layer?.prefix ?? ''}/`);
  return layer && isOfLayer ? dataLayer : source;
}

function signInOf(section: AccountSettings | undefined, account: string | undefined): AccountSettings {
  return { account, profile: section?.profile, roleArn: section?.roleArn };
}

function saysHow({ profile, roleArn }: AccountSettings): boolean {
  return profile !== undefined || roleArn !== undefined;
}
