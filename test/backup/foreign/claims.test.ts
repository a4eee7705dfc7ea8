import { expect, test } from 'vitest';
import { explainRefusal } from '../../../src/backup/foreign/claims.js';
import { DumpReader } from '../../../src/dump/dump-reader.js';

const HEAD = `--
-- PostgreSQL database dump
--

-- Dumped from database version 15.18
-- Dumped by pg_dump version 15.18

SET standard_conforming_strings = on;

`;

test.each<readonly [string, string, string]>([
  ['zeros in the place of text', '\0'.repeat(512), 'Zeros in the place of text'],
  [
    'an empty table as pg_dump --inserts dumps it',
    `--
-- Data for Name: a; Type: TABLE DATA; Schema: public; Owner: x
--



--
-- Data for Name: b; Type: TABLE DATA; Schema: public; Owner: x
--

`,
    'It was made with pg_dump --inserts',
  ],
])('of %s the hint says what it is, and accuses nobody', (_what, text, words) => {
  const reader = new DumpReader({});
  let error: unknown;
  try {
    reader.write(Buffer.from(HEAD + text));
    reader.end();
  } catch (thrown) {
    error = explainRefusal(thrown);
  }
  expect(error).toMatchObject({ hint: expect.stringContaining(words) as string });
});
