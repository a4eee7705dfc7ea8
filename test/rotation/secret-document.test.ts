import { expect, it } from 'vitest';
import * as z from 'zod';
import { parseSecretDocument } from '../../src/rotation/secret-document.js';

const parse = (text: string) => parseSecretDocument(text, z.looseObject({}), 'a secret');

it('17: takes no document whose numbers would come back rounded', () => {
  for (const number of ['12345678901234567890', '0.12345678901234567', '-9007199254740993']) {
    expect(() => parse(`{"account": ${number}}`)).toThrow('a number of more than 15 digits');
  }
});

it('takes long digits in texts, and numbers that stay what they are', () => {
  const text = String.raw`{"account": "12345678901234567890", "quoted": "a \" 12345678901234567890", "port": 5432, "share": 0.25}`;
  expect(parse(text)).toEqual(JSON.parse(text));
});
