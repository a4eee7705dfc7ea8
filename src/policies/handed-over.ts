/**
 * What one stack of a config says and another one takes: an output and a parameter of one name. `holdfast deploy` carries
 * the value. An export and an import would tie the stacks together: none could give up what the other still uses.
 */

/** Of the stack of the vault: the key, full ARN. */
export const VAULT_KEY = 'VaultKeyArn';

/** Of the data layer's stack: what the backups of databases in its cluster need. */
export const LAYER_KEY = 'DataLayerKeyArn';
export const LAYER_VPC = 'DataLayerVpcId';
export const LAYER_BACKUP_GROUP = 'DataLayerBackupGroupId';
/** @param place of the subnet, from 0 */
export const layerSubnet = (place: number) => `DataLayerSubnetId${place + 1}`;

/** Whether an output is one that `holdfast deploy` carries to another stack. */
export function isHandedOver(name: string): boolean {
  return [VAULT_KEY, LAYER_KEY, LAYER_VPC, LAYER_BACKUP_GROUP].includes(name) || /^DataLayerSubnetId\d$/.test(name);
}
