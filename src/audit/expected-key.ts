/** Whether something is encrypted with the key that it should be. */
import type { ControlContext } from './control.js';
import type { KmsKeyFact } from './facts/model.js';
import { UnknownReading, valueOf } from './reading.js';

/**
 * Yields what is wrong with a key reference: none, AWS's own key, or, where the config declares keys, another one.
 *
 * @param reference key id, ARN, alias or alias ARN, as the service reports it
 * @throws UnknownReading where keys could not be listed, or the config declares keys and this one is not among those read
 */
export function* keyProblems(reference: string | undefined, { facts, declared }: ControlContext): Iterable<string> {
  if (reference === undefined) {
    yield 'It is not encrypted with a key of yours.';
    return;
  }
  if (/(?:^|:)alias\/aws\//.test(reference)) {
    yield `It is encrypted with AWS's own key ${reference}.`;
    return;
  }
  const key = valueOf(facts.kmsKeys).find((one) => isReferredTo(one, reference));
  if (!key) {
    // Of another account or stack, so not AWS's own: those cannot be shared.
    if (declared.keyAliases.length === 0) return;
    throw new UnknownReading({ reason: `The key ${reference} is not among those read, so its alias is not known.` });
  }
  if (!valueOf(key.customerManaged)) {
    yield `It is encrypted with AWS's own key ${key.name}.`;
  } else if (declared.keyAliases.length > 0) {
    if (!valueOf(key.aliases).some((alias) => declared.keyAliases.includes(alias)))
      yield `It is encrypted with ${key.name}; the config declares ${declared.keyAliases.join(', ')}.`;
  }
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
