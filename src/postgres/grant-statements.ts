/**
 * PL/pgSQL for scripts that an administrator runs, in a database whose owner may be hostile: the search_path must be
 * empty by then, and what fires on a GRANT must be the administrator's own.
 */
import { mayActAsUs } from './trusted-owners.js';

/**
 * Raises an error if an event trigger calls a function of somebody who could not act as the administrator anyway: it
 * would run with the administrator's rights.
 *
 * @param indent of the lines after the first
 */
export function refuseForeignTriggers(indent: string): string {
  return `FOR o IN ${FOREIGN_TRIGGERS} LOOP
  RAISE EXCEPTION 'The event trigger "%" would run another role''s code with your rights.', o
    USING HINT = 'Nothing was changed. Check its function; then disable the trigger, or give the function to a superuser.';
END LOOP;`.replaceAll('\n', `\n${indent}`);
}

/** Names of the event triggers that run somebody else's code with the session's rights. */
export const FOREIGN_TRIGGERS = `SELECT e.evtname FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
   WHERE e.evtenabled <> 'D' AND NOT ${mayActAsUs('p.proowner')}
   ORDER BY 1`;

/**
 * For every existing large object: new ones need it again, because there are no default privileges for them before 18.
 */
export function grantLargeObjects(role: string, indent: string): string {
  return `FOR o IN SELECT oid FROM pg_catalog.pg_largeobject_metadata LOOP
  EXECUTE pg_catalog.format('GRANT SELECT ON LARGE OBJECT %s TO %I', o, ${role});
END LOOP;`.replaceAll('\n', `\n${indent}`);
}

/** What pg_read_all_data gives since 14, for older servers, and only for what exists now. */
export function grantAllTables(role: string, indent: string): string {
  return `FOR o IN SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
  EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', o, ${role});
  EXECUTE pg_catalog.format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', o, ${role});
  EXECUTE pg_catalog.format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', o, ${role});
END LOOP;`.replaceAll('\n', `\n${indent}`);
}
