/** Event triggers fire for what we define in a database and run their functions with our rights. */
import type pg from 'pg';
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { quoteIdentifier } from '../syntax/sql/identifiers.js';
import { mayActAsUs } from './trusted-owners.js';

const SHOWN = 5;

/**
 * Refuses a database in which an event trigger calls a function whose owner could not act as our role anyway:
 * the owner may replace it at any time, and would act as us. Those of superusers fire as intended. If the session has
 * all of them turned off, none matters.
 *
 * @param doing for the message, as in `Restoring into app@host/orders`
 * @param insist how to go ahead all the same, for the hint
 * @throws HoldfastError SESSION_UNSAFE
 */
export async function requireOwnEventTriggers(client: pg.Client, doing: string, insist?: string): Promise<void> {
  const { rows } = await client.query<{ trigger: string; routine: string; owner: string }>(
    `SELECT e.evtname::pg_catalog.text AS trigger, e.evtfoid::pg_catalog.regprocedure::pg_catalog.text AS routine,
            pg_catalog.pg_get_userbyid(p.proowner)::pg_catalog.text AS owner
       FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
      WHERE e.evtenabled <> 'D' AND NOT ${mayActAsUs('p.proowner')}
        AND pg_catalog.current_setting('event_triggers', true) IS DISTINCT FROM 'off'
      ORDER BY 1`,
  );
  if (rows.length === 0) return;
  const problems = rows.map(({ trigger, routine, owner }) => ({
    kind: 'event trigger',
    name: trigger,
    owner,
    calls: routine,
    message: `${quoted(trigger)} calls ${routine} of ${quoted(owner)}`,
  }));
  const named = problems.slice(0, SHOWN).map(({ message }) => message);
  const more = rows.length > SHOWN ? `, and ${rows.length - SHOWN} more` : '';
  throw new HoldfastError(
    'SESSION_UNSAFE',
    `${doing}: event triggers there would run other roles' code with our rights: ${named.join(', ')}${more}.`,
    {
      hint: `Check these functions. Then give them to a superuser (ALTER FUNCTION … OWNER TO …), or disable the triggers (ALTER EVENT TRIGGER … DISABLE).${insist === undefined ? '' : ` ${insist}`}`,
      details: { problems },
    },
  );
}

/** Turns all of them off for good, in a database that is about to be dropped. */
export async function disableEventTriggers(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT evtname::pg_catalog.text AS name FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D'`,
  );
  // Statements about event triggers fire none.
  for (const { name } of rows) await client.query(`ALTER EVENT TRIGGER ${quoteIdentifier(name)} DISABLE`);
}
