/** The stack of the account that holds the vault. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { HoldfastConfig } from '../../config/index.js';

export class BackupAccountStack extends Stack {
  constructor(scope: Construct, config: HoldfastConfig) {
    super(scope, `rds-backup-layer2-${config.environment}`);
  }
}
