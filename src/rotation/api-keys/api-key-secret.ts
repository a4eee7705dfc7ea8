/** The secret of API keys: one JSON object, a string for each key. */
import * as z from 'zod';
import { Secret } from '../../core/secret.js';
import { filled, parseSecretDocument } from '../secret-document.js';
import type { ApiKeys } from './api-key-issuer.js';

const keysSchema = z.record(filled, filled);

/** @throws HoldfastError ROTATION_SECRET_INVALID */
export function parseApiKeys(text: string): ApiKeys {
  const keys = parseSecretDocument(text, keysSchema, 'a JSON object of API keys');
  return Object.fromEntries(Object.entries(keys).map(([name, value]) => [name, new Secret(value)]));
}

export function printApiKeys(keys: ApiKeys): string {
  return JSON.stringify(Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, key.reveal()])));
}
