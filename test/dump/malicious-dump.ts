/**
 * A small dump in which everything tries to look like something else. What pg_dump 15.18 writes for such a database,
 * shortened; the names, bodies and rows are hostile, the form is its own.
 */

const Q = '"';
export const TOKEN = 'Mq3TnXo8zYw1';

/** One entry as pg_dump frames it. */
export function framed(header: string, body: string): string {
  return `--\n-- ${header}\n--\n\n${body}\n\n`;
}

export const PREAMBLE = `--
-- PostgreSQL database dump
--

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET row_security = off;

`;

export const CLOSING = '--\n-- PostgreSQL database dump complete\n--\n\n';

/** A whole dump around these entries. */
export function dumpOf(...entries: readonly string[]): string {
  return PREAMBLE + entries.join('') + CLOSING;
}

const FAKE_HEADER = '--\n-- Name: orders; Type: TABLE; Schema: public; Owner: postgres\n--\n';

export const ENTRIES = {
  schema: framed(
    'Name: Odd; Type: VIEW; Schema: s; Type: SCHEMA; Schema: -; Owner: hf',
    `CREATE SCHEMA "Odd; Type: VIEW; Schema: s";\n\n\nALTER SCHEMA "Odd; Type: VIEW; Schema: s" OWNER TO hf;\n`,
  ),
  table: framed(
    'Name: x; Type: VIEW; Schema: s; Owner: nobody; Type: TABLE; Schema: Odd; Type: VIEW; Schema: s; Owner: hf',
    `CREATE TABLE "Odd; Type: VIEW; Schema: s"."x; Type: VIEW; Schema: s; Owner: nobody" (
    "col; a" integer,
    "two
lines" text DEFAULT '${FAKE_HEADER}'::text,
    "quo""te" text,
    "FROM stdin;" text,
    "(" text,
    "$$" text
);


ALTER TABLE "Odd; Type: VIEW; Schema: s"."x; Type: VIEW; Schema: s; Owner: nobody" OWNER TO hf;
`,
  ),
  lineBreak: framed(
    'Name: new line; Type: TABLE; Schema: public; Owner: hf',
    `CREATE TABLE public."new\nline" (\n    a integer\n);\n`,
  ),
  liar: framed(
    'Name: liar(); Type: FUNCTION; Schema: public; Owner: hf',
    `CREATE FUNCTION public.liar() RETURNS text
    LANGUAGE plpgsql
    AS $_$
BEGIN
${FAKE_HEADER}
-- PostgreSQL database dump complete
--
COPY public.orders (id) FROM stdin;
1
\\.
\\! true
RETURN $q$ $$ nested $_ $$ ; $q$ || 'x;' || E'\\\\.' || $1;
END $_$;
`,
  ),
  atomic: framed(
    'Name: atomic(integer); Type: FUNCTION; Schema: public; Owner: hf',
    `CREATE FUNCTION public.atomic(x integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN (atomic.x > 0) THEN 1
             ELSE 2
         END AS "end";
 SELECT (atomic.x + 1) AS "case; END;";
END;
`,
  ),
  comment: framed(
    'Name: FUNCTION liar(); Type: COMMENT; Schema: public; Owner: hf',
    `COMMENT ON FUNCTION public.liar() IS E'it''s \\\\ a \\'quote\\';\\n${FAKE_HEADER}';\n`,
  ),
  rule: framed(
    'Name: orders no_delete; Type: RULE; Schema: public; Owner: hf',
    `CREATE RULE no_delete AS
    ON DELETE TO public.orders DO INSTEAD ( SELECT 1 AS a;
 SELECT ';)' AS b /* nested /* ; ' */ ; */ ;
);
`,
  ),
  operatorOne: framed(
    'Name: +; Type: OPERATOR; Schema: public; Owner: hf',
    `CREATE OPERATOR public.+ (\n    FUNCTION = public.add_one,\n    LEFTARG = integer,\n    RIGHTARG = text\n);\n`,
  ),
  operatorTwo: framed(
    'Name: +; Type: OPERATOR; Schema: public; Owner: hf',
    `CREATE OPERATOR public.+ (\n    FUNCTION = public.add_two,\n    LEFTARG = text,\n    RIGHTARG = integer\n);\n`,
  ),
  rows: framed(
    'Data for Name: x; Type: VIEW; Schema: s; Owner: nobody; Type: TABLE DATA; Schema: Odd; Type: VIEW; Schema: s; Owner: hf',
    `COPY ${Q}Odd; Type: VIEW; Schema: s${Q}.${Q}x; Type: VIEW; Schema: s; Owner: nobody${Q} ("col; a", "two
lines", "quo""te", "FROM stdin;") FROM stdin;
1	--\\n-- Name: x; Type: TABLE; Schema: public; Owner: -	\\\\.	COPY x FROM stdin;
2	'	"	$$
-- Name: x; Type: TABLE; Schema: public; Owner: -
-- PostgreSQL database dump complete

\\\\.
\\.x
x\\.
\\N	\\N	\\N	\\N
\\.
`,
  ),
  noColumns: framed(
    'Data for Name: no_columns; Type: TABLE DATA; Schema: public; Owner: hf',
    `COPY public.no_columns  FROM stdin;\n\n\n\\.\n`,
  ),
  partition: framed(
    'Data for Name: by_mood_0; Type: TABLE DATA; Schema: public; Owner: hf',
    `-- load via partition root public.by_mood\nCOPY public.by_mood (mood, n) FROM stdin;\nsad	1\n\\.\n`,
  ),
  sequence: framed(
    'Name: s; Type: SEQUENCE SET; Schema: public; Owner: hf',
    `SELECT pg_catalog.setval('public.s', -9223372036854775808, false);\n`,
  ),
  oddSequence: framed(
    "Name: it's; Type: SEQUENCE SET; Schema: public; Owner: hf",
    `SELECT pg_catalog.setval('public."it''s, 5, true);"', 9007199254740993, true);\n`,
  ),
  blobs: framed(
    'Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -',
    `BEGIN;

SELECT pg_catalog.lo_open('16401', 131072);
SELECT pg_catalog.lowrite(0, '\\x00ff5c27');
SELECT pg_catalog.lowrite(0, '\\x3b0a');
SELECT pg_catalog.lo_close(0);

SELECT pg_catalog.lo_open('16402', 131072);
SELECT pg_catalog.lo_close(0);

COMMIT;
`,
  ),
  grants: framed(
    'Name: TABLE orders; Type: ACL; Schema: public; Owner: hf',
    `GRANT SELECT ON TABLE public.orders TO "a;b" WITH GRANT OPTION;
SET SESSION AUTHORIZATION "a;b";
GRANT SELECT ON TABLE public.orders TO c;
RESET SESSION AUTHORIZATION;
`,
  ),
} as const;

const ALL = Object.values(ENTRIES).join('');

/** As pg_dump writes it since the fix of CVE-2025-8714. */
export const MALICIOUS_DUMP = Buffer.from(
  `${PREAMBLE.replace('--\n\n', `--\n\n\\restrict ${TOKEN}\n\n`)}${ALL}${CLOSING}\\unrestrict ${TOKEN}\n\n`,
);

/** As older versions write it. */
export const UNRESTRICTED_DUMP = Buffer.from(PREAMBLE + ALL + CLOSING);
