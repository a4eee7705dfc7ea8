/** What to do about a restore that failed: by the server's code and words. */
import type { SentStatement } from './sent-statements.js';

interface Failure {
  /** SQLSTATE. */
  readonly state: string;
  /** The server's words, in English. */
  readonly words: string;
  readonly at: SentStatement | undefined;
}

interface Cause {
  readonly states: RegExp;
  readonly words?: RegExp;
  readonly hint: string | ((failure: Failure) => string);
}

const NOTHING_LEFT = 'Nothing was left in the target.';

/** The first that fits counts. */
const CAUSES: readonly Cause[] = [
  {
    states: /^53200$/,
    words: /max_locks_per_transaction|max_pred_locks/,
    hint: 'A restore is one transaction, and holds a lock for each object until its end. Raise max_locks_per_transaction of the server (it takes a restart), or restore in several parts, each with fewer objects: --schema, --table.',
  },
  {
    states: /^53200$/,
    hint: 'The server is out of memory. Lower maintenance_work_mem or work_mem for the restoring role, or give the machine more.',
  },
  {
    states: /^53[14]00$/,
    hint: 'The server has no room for it: make room where its data and its temporary files are, or raise the limit that its message names, and run it again.',
  },
  { states: /^53300$/, hint: 'The server takes no more connections: end some, or raise max_connections.' },
  {
    states: /^(?:40P01|55P03)$/,
    hint: 'Another session holds locks on what is restored. Find it in pg_locks, let it end, and run the restore again.',
  },
  { states: /^57P0[1-5]$/, hint: 'Somebody ended the session, or the server stopped. Run it again.' },
  { states: /^57014$/, hint: 'Somebody or a time limit of the server canceled a statement. Run it again.' },
  { states: /^25006$/, hint: 'The server is a standby, or read-only: name one that can be written to.' },
  {
    states: /^(?:42704|22023|0A000|58P01|XX000|42P01|42883)$/,
    words: /extension|could not (?:access|open|load)[^\n]*(?:file|library)/,
    hint: 'Install the extension (its packages, in the version that the backup needs) on the server, or take it as the target has it: --extensions existing.',
  },
  {
    states: /^42704$/,
    words: /role "/,
    hint: 'Create the role first (--globals makes those of the backup, without passwords), or leave out owners and grants: --no-owner.',
  },
  {
    states: /^42704$/,
    words: /language "/,
    hint: 'The target does not have the procedural language: CREATE EXTENSION of its name, before the restore.',
  },
  {
    states: /^42501$/,
    hint: 'The role that the statement runs as may not do that. Of a materialized view and of what is computed with rows, that is the owner: grant it at the source, too. Else sign in as a role that may.',
  },
  {
    states: /^(?:42P01|42883|42704|42703|3F000)$/,
    hint: ({ at }) =>
      at && COMPUTES.has(at.header?.type ?? '')
        ? 'A dump restores under an empty search_path, and code that runs meanwhile finds only names with a schema. Write the schema in that code at the source, or give its function a path: ALTER FUNCTION … SET search_path = …; then back up again. (DISTINCT, IS DISTINCT FROM, CASE and IN find operators by the path alone.)'
        : 'The target does not have what the statement names. If it is of an extension or of another schema, create that first.',
  },
  {
    states: /^(?:42P06|42P07|42710|42723)$/,
    hint: 'The target has one already. Restore into a new database (--create), into another schema (--into-schema), or remove it first.',
  },
  {
    states: /^(?:22P05|22021)$/,
    hint: "The target's encoding does not have the character. Restore into a database with the encoding of the backup: --create makes one.",
  },
  {
    states: /^23505$/,
    hint: 'Two rows have the same key. Either the index of the source is broken (check it there with amcheck, and REINDEX), or the key is computed by a function or sorted by a collation that gives something else here.',
  },
  {
    states: /^23503$/,
    hint: 'Rows refer to rows that the backup does not have, or, of --data-only, that the target does not have. At the source the key was switched off when they were written: mend the rows there, or restore without the key and mend them here.',
  },
  {
    states: /^23(?:502|514|P01|000)$/,
    hint: 'Rows break a constraint. If it calls a function, that depends on settings, on other tables or on the search_path, and gives something else here; else the source has checked it less strictly than the target does.',
  },
  {
    states: /^P0/,
    hint: 'Code refused it on purpose: a trigger or event trigger of the target, or a function of the backup. Its name is in the message; turn off what is not meant for a restore (--triggers disable, ALTER EVENT TRIGGER … DISABLE).',
  },
  {
    states: /^(?:22|54)/,
    hint: 'A value could not be computed or is too large here: what is computed with rows (an index, a generated column, a check, a materialized view) calls a function that depends on settings, on other tables or on the version of the server.',
  },
  {
    states: /^(?:42601|0A000|42P17|42704)/,
    hint: 'The server does not know the statement: it is older than the one that was backed up, or misses a feature. Restore into the same major version or a newer one.',
  },
];

/** Entries that run code of the database when they are restored. */
const COMPUTES: ReadonlySet<string> = new Set([
  ...['TABLE DATA', 'MATERIALIZED VIEW DATA', 'MATERIALIZED VIEW', 'INDEX', 'CONSTRAINT', 'CHECK CONSTRAINT'],
  ...['TRIGGER', 'TABLE', 'DEFAULT', 'VIEW', 'RULE', 'POLICY', 'STATISTICS'],
]);

/** @returns the next step; undefined where nothing better is known than what holds for every failed restore */
export function hintForFailure(failure: Failure): string | undefined {
  const { state, words } = failure;
  const cause = CAUSES.find((one) => one.states.test(state) && (one.words?.test(words) ?? true));
  if (!cause) return undefined;
  const hint = typeof cause.hint === 'string' ? cause.hint : cause.hint(failure);
  return `${NOTHING_LEFT} ${hint}`;
}
