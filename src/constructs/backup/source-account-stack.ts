/** The stack of the account of the databases. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { HoldfastConfig } from '../../config/index.js';

export class SourceAccountStack extends Stack {
  constructor(scope: Construct, config: HoldfastConfig, _options: { readonly bundle: string }) {
    super(scope, `rds-pgdump-backup-${config.environment}`);
  }
}
