/** A secret under the data key, whose grants hold. */
import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret, type CfnSecret, type ISecret, type SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

export interface DataSecretProps extends SecretProps {
  readonly encryptionKey: IKey;
}

/**
 * The CDK lets a grantee decrypt in the key's policy. The data key's policy leaves that to the grantee's own, so that
 * is where these grants go. Without `generateSecretString`, the secret has no value until one is supplied.
 */
export class DataSecret extends Secret {
  readonly #key: IKey;

  constructor(scope: Construct, id: string, props: DataSecretProps) {
    super(scope, id, props);
    this.#key = props.encryptionKey;
    if (props.generateSecretString === undefined)
      (this.node.defaultChild as CfnSecret).generateSecretString = undefined;
  }

  override grantRead(grantee: IGrantable, versionStages?: string[]): Grant {
    return super.grantRead(grantee, versionStages).combine(grantKey(this, this.#key, grantee, ['kms:Decrypt']));
  }

  override grantWrite(grantee: IGrantable): Grant {
    const actions = ['kms:Decrypt', 'kms:GenerateDataKey'];
    return super.grantWrite(grantee).combine(grantKey(this, this.#key, grantee, actions));
  }
}

/** Lets a grantee read a secret that another construct made under the data key. */
export function grantReadUnderKey(secret: ISecret, key: IKey, grantee: IGrantable): Grant {
  return secret.grantRead(grantee).combine(grantKey(secret, key, grantee, ['kms:Decrypt']));
}

/** Use of the key for this secret only, and through Secrets Manager only. */
function grantKey(secret: ISecret, key: IKey, grantee: IGrantable, actions: string[]): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions,
    resourceArns: [key.keyArn],
    conditions: {
      StringEquals: {
        'kms:ViaService': `secretsmanager.${Stack.of(secret).region}.amazonaws.com`,
        'kms:EncryptionContext:SecretARN': secret.secretFullArn ?? secret.secretArn,
      },
    },
  });
}
