/** One type of resource: a fragment of a template that holds it, and what the service's own API says of it then. */
import type { Emulator } from '../../../helpers/emulator.js';
import type { Deployed, Resources } from '../stacks.js';

export interface TypeCase {
  /** The types that the fragment shows, for a list of those that nothing shows. */
  readonly shows: readonly string[];
  readonly resources: Resources;
  /** What Ref and GetAtt give, as outputs. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** Reads back what was made, with the SDK. */
  read(emulator: Emulator, deployed: Deployed): Promise<unknown>;
  /** What is read, and what the outputs are. */
  expected(deployed: Deployed): unknown;
  /** The same resources with changes that need no replacement, and what is read then. */
  readonly changed?: { readonly resources: Resources; expected(deployed: Deployed): unknown };
}

export const KEY = {
  Key: {
    Type: 'AWS::KMS::Key',
    Properties: {
      KeyPolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: { Ref: 'AWS::AccountId' } }, Action: 'kms:*', Resource: '*' }],
      },
    },
  },
} as const satisfies Resources;
