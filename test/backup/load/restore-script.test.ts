import { describe, expect, test } from 'vitest';
import { restoreScript, type RestoreScriptOptions } from '../../../src/backup/load/restore-script.js';
import { DumpReader } from '../../../src/dump/dump-reader.js';

const header = (name: string, type: string, owner = 'o') =>
  `--\n-- Name: ${name}; Type: ${type}; Schema: s; Owner: ${owner}\n--\n\n`;
const DUMP = `--
-- PostgreSQL database dump
--

\\restrict abc

SET statement_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';

${header('t', 'TABLE')}CREATE TABLE s.t (
    a text
);


ALTER TABLE s.t OWNER TO o;

${header('EXTENSION x', 'COMMENT', '')}COMMENT ON EXTENSION x IS 'y';

--
-- Data for Name: t; Type: TABLE DATA; Schema: s; Owner: o
--

COPY s.t (a) FROM stdin;
-- not a comment
ALTER TABLE s.t OWNER TO o;
\\.


--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('5', 131072);
SELECT pg_catalog.lowrite(0, '\\x00');
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- PostgreSQL database dump complete
--

\\unrestrict abc
`;

function script(options: Partial<RestoreScriptOptions> = {}): string {
  let text = '';
  const reader = new DumpReader(restoreScript(options, (piece) => (text += piece.toString())));
  reader.write(Buffer.from(DUMP));
  reader.end();
  return text;
}

describe('the script of a restore', () => {
  test('holds all statements and rows, and neither comments nor commands nor the transaction of the large objects', () => {
    expect(script())
      .toBe(`SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = 'statement_timeout';
SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout';
SET client_encoding = 'UTF8';
CREATE TABLE s.t (
    a text
);
ALTER TABLE s.t OWNER TO o;
COMMENT ON EXTENSION x IS 'y';
COPY s.t (a) FROM stdin;
-- not a comment
ALTER TABLE s.t OWNER TO o;
\\.
SELECT pg_catalog.lo_open('5', 131072);
SELECT pg_catalog.lowrite(0, '\\x00');
SELECT pg_catalog.lo_close(0);
`);
  });

  test('without owners leaves out their statements, and no rows that look like them', () => {
    expect(script({ owners: false }).match(/ALTER TABLE s\.t OWNER TO o;/g)).toHaveLength(1);
    expect(script({ owners: false })).toContain('-- not a comment\nALTER TABLE s.t OWNER TO o;\n\\.\n');
  });

  test('leaves out the comments on extensions where only a superuser may make them', () => {
    expect(script({ extensionComments: false })).not.toContain('COMMENT ON EXTENSION');
  });
});
