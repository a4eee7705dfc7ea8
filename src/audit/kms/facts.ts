/** Keys, as both sources describe them, and whether something is encrypted with the one that it should be. */
import type { ControlContext } from '../model/control.js';
import type { ExpectedKey, KeyUse } from '../model/declared.js';
import type { ResourceFact } from '../model/facts.js';
import { type Reading, UnknownReading, valueOf } from '../model/reading.js';
import type { ParsedPolicy } from '../policies/parse-policy.js';
import { parseArn } from '../../syntax/arn.js';

declare module '../model/facts.js' {
  interface FactKinds {
    readonly kmsKeys: KmsKeyFact;
  }
}

export interface KeyGrant {
  readonly id: string;
  /** The ARN of a principal, or the name of a service. */
  readonly grantee: string;
  /** `Decrypt`, `CreateGrant` … */
  readonly operations: readonly string[];
  /** Who may end it besides the key's own account; absent: nobody. */
  readonly retiring?: string;
}

export interface KmsKeyFact extends ResourceFact {
  readonly keyArn: Reading<string>;
  readonly aliases: Reading<readonly string[]>;
  /** Customer managed: AWS's own keys (`alias/aws/…`) are left to AWS. */
  readonly customerManaged: Reading<boolean>;
  readonly state: Reading<'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingImport' | 'Unavailable' | 'Creating'>;
  readonly rotationEnabled: Reading<boolean>;
  /** Days between rotations; `undefined` where none is set, which is 365. */
  readonly rotationPeriod: Reading<number | undefined>;
  /** Who may use it by a grant, whatever its policy says. A template has none. */
  readonly grants: Reading<readonly KeyGrant[]>;
  /** `SYMMETRIC_DEFAULT`, `RSA_2048`, `HMAC_256` … */
  readonly keySpec: Reading<string>;
  /** Where its material is from: `AWS_KMS`, `EXTERNAL`, `AWS_CLOUDHSM`, `EXTERNAL_KEY_STORE`. */
  readonly origin: Reading<string>;
  readonly policy: Reading<ParsedPolicy>;
}

/**
 * Yields what is wrong with a key reference: none, AWS's own key, or, where the config declares keys, one other than
 * the one that is expected.
 *
 * @param reference key id, ARN, alias or alias ARN, as the service reports it
 * @param use what is encrypted with it
 * @throws UnknownReading where keys could not be listed, or the config declares keys and this one is not among those
 *   read
 */
export function* keyProblems(
  reference: string | undefined,
  { facts, declared }: ControlContext,
  use?: KeyUse,
): Iterable<string> {
  // Empty is what CloudFormation and the services take for none.
  if (!reference) {
    yield 'It is not encrypted with a customer managed key.';
    return;
  }
  if (/(?:^|:)alias\/aws\//.test(reference)) {
    yield `It is encrypted with the AWS managed key ${reference}.`;
    return;
  }
  const expected = use && declared.expectedKeys[use];
  if (expected && 'arn' in expected && reference === expected.arn) return;
  const key = valueOf(facts.kmsKeys).find((one) => isReferredTo(one, reference));
  if (!key) {
    // Of another account or stack, so not AWS's own: those cannot be shared.
    if (!expected) return;
    if ('arn' in expected && isArnOfKey(reference)) {
      yield `It is encrypted with ${reference}; the config declares ${expected.arn}.`;
      return;
    }
    throw new UnknownReading({ reason: `The key ${reference} is not among those read, so its alias is not known.` });
  }
  if (!valueOf(key.customerManaged)) {
    yield `It is encrypted with the AWS managed key ${key.name}.`;
  } else if (expected && !isExpected(key, expected)) {
    yield `It is encrypted with ${key.name}; the config declares ${'arn' in expected ? expected.arn : expected.alias}.`;
  }
}

/**
 * Whether a key is the one that the config declares for a use; any is, where it declares none.
 *
 * @param arn the key's own
 * @param account of a key that is declared by its alias
 * @throws UnknownReading where it is declared by its alias, and the key is of that account and not among those read
 */
export function isExpectedFor(
  use: KeyUse,
  { arn, account }: { readonly arn: string; readonly account: string },
  { facts, declared }: ControlContext,
): boolean {
  const expected = declared.expectedKeys[use];
  if (expected === undefined) return true;
  if ('arn' in expected) return arn === expected.arn;
  const key = valueOf(facts.kmsKeys).find((one) => isReferredTo(one, arn));
  if (key) return isExpected(key, expected);
  if (parseArn(arn)?.account !== account) return false;
  throw new UnknownReading({ reason: `The key ${arn} is not among those read, so its alias is not known.` });
}

function isExpected(key: KmsKeyFact, expected: ExpectedKey): boolean {
  return 'arn' in expected ? valueOf(key.keyArn) === expected.arn : valueOf(key.aliases).includes(expected.alias);
}

function isArnOfKey(reference: string): boolean {
  const arn = parseArn(reference);
  return arn?.service === 'kms' && arn.resource.startsWith('key/');
}

/**
 * The ARN of the key that a reference means; `undefined` without a reference.
 *
 * @throws UnknownReading where it is not an ARN itself, and no key among those read has that id or alias
 */
export function keyArnOf(reference: string | undefined, { facts }: ControlContext): string | undefined {
  if (reference === undefined || isArnOfKey(reference)) return reference;
  const key = valueOf(facts.kmsKeys).find((one) => isReferredTo(one, reference));
  if (key) return valueOf(key.keyArn);
  throw new UnknownReading({ reason: `The key ${reference} is not among those read, so its ARN is not known.` });
}

function isReferredTo(key: KmsKeyFact, reference: string): boolean {
  const arn = 'value' in key.keyArn ? key.keyArn.value : undefined;
  const aliases = 'value' in key.aliases ? key.aliases.value : [];
  return (
    reference === arn ||
    (arn?.endsWith(`:key/${reference}`) ?? false) ||
    aliases.some((alias) => reference === alias || reference.endsWith(`:${alias}`))
  );
}
