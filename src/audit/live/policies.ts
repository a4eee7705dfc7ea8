/** Policies as AWS hands them out. */
import { messageOf } from '../../core/errors.js';
import { known, type Reading, unknown } from '../model/reading.js';
import { parsePolicy, type ParsedPolicy } from '../policies/parse-policy.js';

/** One that cannot be understood is unknown: it may allow anything. */
export function policyReading(text: string, of: string): Reading<ParsedPolicy> {
  try {
    return known(parsePolicy(text));
  } catch (error) {
    return unknown(`The policy of ${of} cannot be parsed: ${messageOf(error)}`);
  }
}

/** IAM encodes its documents as parts of a URL. */
export function encodedPolicyReading(text: string, of: string): Reading<ParsedPolicy> {
  try {
    return policyReading(decodeURIComponent(text), of);
  } catch (error) {
    return unknown(`The policy of ${of} cannot be decoded: ${messageOf(error)}`);
  }
}

/** A reading of a text that may be absent, as a reading of the policy in it. */
export function parsedPolicy(text: Reading<string | undefined>, of: string): Reading<ParsedPolicy | undefined> {
  if ('unknown' in text) return text;
  return text.value === undefined ? known(undefined) : policyReading(text.value, of);
}
