/**
 * What happens to the triggers of tables that rows alone go into. PostgreSQL would fire them under a dump's empty search
 * path, in which most fail; and those that write rows of their own would write what the backup holds already. So whoever
 * restores says what is meant.
 */
import type pg from 'pg';
import { HoldfastError } from '../../../core/errors.js';
import { qualifiedName, quoteIdentifier } from '../../../syntax/sql/identifiers.js';
import type { ObjectName, Selection } from './selection.js';

/** `disable`: they are off for the transaction. `fire`: as for the owner's own INSERT. */
export type TriggerOptions = Pick<Selection, 'triggers' | 'triggerSearchPath'>;

export interface TriggerPlan {
  /** Statements before everything else in the transaction, and after the last row. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** What the rows are loaded under; `undefined`: the empty one. */
  readonly searchPath: string | undefined;
  readonly notes: readonly string[];
}

export interface FiringTrigger extends ObjectName {
  readonly trigger: string;
  /** Whether it fires in replicas too. */
  readonly always: boolean;
  readonly owner: string;
  readonly isOwner: boolean;
  readonly actsAsOwner: boolean;
}

/** @throws HoldfastError TRIGGERS_UNDECIDED where there are some and nothing was chosen */
export function requireChoice(
  found: readonly FiringTrigger[],
  choice: TriggerOptions['triggers'],
  describeTarget: string,
): void {
  if (found.length === 0 || choice !== undefined) return;
  throw new HoldfastError(
    'TRIGGERS_UNDECIDED',
    `Restoring rows into ${describeTarget}: these triggers would fire for them: ${shorten(found.map(describeTrigger))}.`,
  );
}

/** @throws HoldfastError PREFLIGHT_FAILED where the role may not do what was chosen */
export async function planTriggers(
  client: pg.Client,
  found: readonly FiringTrigger[],
  { triggers, triggerSearchPath }: TriggerOptions,
  describeTarget: string,
): Promise<TriggerPlan> {
  if (found.length === 0) return { before: [], after: [], searchPath: undefined, notes: [] };
  const names = found.map(describeTrigger);
  if (triggers === 'disable') {
    requireEach(found, ({ actsAsOwner }) => actsAsOwner, {
      what: `Turning off triggers in ${describeTarget} takes the owners of their tables`,
      hint: 'Sign in as the owner of the tables, as a member of that role, or as a superuser.',
    });
    const alter = ({ schema, name, trigger }: FiringTrigger, doing: string) =>
      `ALTER TABLE ONLY ${qualifiedName(schema, name)} ${doing} TRIGGER ${quoteIdentifier(trigger)};`;
    return {
      before: found.map((one) => alter(one, 'DISABLE')),
      after: found.map((one) => alter(one, one.always ? 'ENABLE ALWAYS' : 'ENABLE')),
      searchPath: undefined,
      notes: [`Triggers that do not fire for the rows: ${names.join(', ')}.`],
    };
  }
  await requireNoSuperuser(client, names);
  requireEach(found, ({ isOwner }) => isOwner, {
    what: `Firing triggers in ${describeTarget} takes the owner of their tables, whose rights they run with`,
    hint: 'Sign in as that owner, or give --triggers disable.',
  });
  const searchPath = triggerSearchPath ?? (await readSearchPath(client));
  return {
    before: [],
    after: [],
    searchPath,
    notes: [
      `Triggers that fire for the rows, under the search path ${searchPath === '' ? "''" : searchPath}: ${names.join(', ')}.`,
    ],
  };
}

/** Those of users that fire when rows go into a table or into the partitions below it. */
export async function readFiringTriggers(client: pg.Client, tables: readonly ObjectName[]): Promise<FiringTrigger[]> {
  const { rows } = await client.query<FiringTrigger>(
    `WITH RECURSIVE family AS (
       SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
         JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS wanted (schema, name)
           ON wanted.schema = s.nspname::pg_catalog.text AND wanted.name = c.relname::pg_catalog.text
       UNION
       SELECT c.oid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
         JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition)
     SELECT s.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name, t.tgname::pg_catalog.text AS trigger,
            t.tgenabled = 'A' AS always, r.rolname::pg_catalog.text AS owner, r.rolname = current_user AS "isOwner",
            pg_catalog.pg_has_role(c.relowner, 'USAGE') AS "actsAsOwner"
       FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid
       JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
       JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
       JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid
      WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND (t.tgtype & 4) <> 0
      ORDER BY 1, 2, 3`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  );
  return rows;
}

/** A trigger calls what its owner wrote, and under the owner's search path whatever stands there. */
async function requireNoSuperuser(client: pg.Client, names: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ superuser: boolean }>(
    'SELECT r.rolsuper AS superuser FROM pg_catalog.pg_roles r WHERE r.rolname = session_user',
  );
  if (rows[0]?.superuser === false) return;
  throw preflight(
    names,
    'Triggers do not fire for a superuser, whose rights they would run with',
    'Sign in as the owner of the tables, or give --triggers disable.',
  );
}

function requireEach(
  found: readonly FiringTrigger[],
  holds: (trigger: FiringTrigger) => boolean,
  { what, hint }: { readonly what: string; readonly hint: string },
): void {
  const lacking = found.filter((trigger) => !holds(trigger));
  if (lacking.length === 0) return;
  throw preflight(
    lacking.map((one) => `${describeTrigger(one)} (owner "${one.owner}")`),
    what,
    hint,
  );
}

function preflight(names: readonly string[], what: string, hint: string): HoldfastError {
  const message = `${what}: ${shorten(names)}.`;
  const problem = { kind: 'trigger', objects: names, total: names.length, message, remedy: null };
  return new HoldfastError('PREFLIGHT_FAILED', message, { hint, details: { problems: [problem] } });
}

/** What a session of the role begins with in this database. Ours has set another one, which leaves these as they are. */
async function readSearchPath(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ path: string }>(
    `SELECT COALESCE(
       (SELECT pg_catalog.substr(v.setting, 13)
          FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS v (setting)
          LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
         WHERE v.setting LIKE 'search\\_path=%'
           AND (s.setdatabase = 0 OR s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
           AND (s.setrole = 0 OR r.rolname = current_user)
         ORDER BY s.setrole = 0, s.setdatabase = 0 LIMIT 1),
       (SELECT p.reset_val FROM pg_catalog.pg_settings p WHERE p.name = 'search_path')) AS path`,
  );
  return rows[0]?.path ?? '';
}

const SHOWN = 20;

function describeTrigger({ schema, name, trigger }: FiringTrigger): string {
  return `${quoteIdentifier(trigger)} on ${qualifiedName(schema, name)}`;
}

function shorten(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join(', ')}${more}`;
}
