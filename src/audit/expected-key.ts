/** Whether something is encrypted with the key that it should be. */
import type { ControlContext } from './control.js';
import type { KmsKeyFact } from './facts/model.js';

/**
 * Yields what is wrong with a key reference: none, AWS's own key, or, where the config declares keys, another one.
 *
 * @param reference key id, ARN, alias or alias ARN, as the service reports it
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
  const keys = 'value' in facts.kmsKeys ? facts.kmsKeys.value : [];
  const key = keys.find((one) => isReferredTo(one, reference));
  if (!key) return; // A key of another account or stack: which one it is cannot be told, that it is not AWS's own can.
  if ('value' in key.customerManaged && !key.customerManaged.value) {
    yield `It is encrypted with AWS's own key ${key.name}.`;
  } else if (declared.keyAliases.length > 0 && 'value' in key.aliases) {
    if (!key.aliases.value.some((alias) => declared.keyAliases.includes(alias))) {
      yield `It is encrypted with ${key.name}; the config declares ${declared.keyAliases.join(', ')}.`;
    }
  }
}

function isReferredTo(key: KmsKeyFact, reference: string): boolean {
  const arn = 'value' in key.keyArn ? key.keyArn.value : undefined;
  const aliases = 'value' in key.aliases ? key.aliases.value : [];
  return (
    reference === arn ||
    (arn !== undefined && arn.endsWith(`:key/${reference}`)) ||
    aliases.some((alias) => reference === alias || reference.endsWith(`:${alias}`))
  );
}
