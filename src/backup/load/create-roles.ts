/** The backup's roles on the target's server. */
import pg from 'pg';
import { messageOf } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import type { Membership, ParsedGlobals } from '../../postgres/parsed-globals.js';
import type { BackupContext } from '../operation/context.js';
import { ALREADY_THERE, alone, applyStatements, describeFailure, type ApplyFailure } from './apply-globals.js';

/** What lets a role do more than its grants say. */
const POWERS: ReadonlySet<string> = new Set(['SUPERUSER', 'CREATEROLE', 'REPLICATION', 'BYPASSRLS']);

/**
 * Creates the roles of a backup that do not exist on the server. A role that exists stays as it is: its attributes,
 * settings, memberships and privileges are up to the target. So a statement runs only if it changes a role whose
 * CREATE ROLE has just succeeded, however the server may have cut its name.
 *
 * @returns notes on what could not be applied, on the memberships and privileges that existing roles were not given, and on the
 *   roles that were created with powers beyond their grants
 */
export async function createRoles(
  access: DatabaseAccess,
  globals: ParsedGlobals,
  context: BackupContext,
): Promise<string[]> {
  const client = await access.connect({ signal: context.signal });
  try {
    const { made, refused, failures } = await makeRoles(client, globals);
    const isNew = (role: string | undefined) => role !== undefined && made.has(role);
    // If a role could not be created, that failure is the only note about it.
    const wasThere = (role: string | undefined) => role === undefined || !(made.has(role) || refused.has(role));
    const { roles, memberships, roleSettings } = globals;
    const kept = [
      ...(await findMissing(
        client,
        memberships.filter(({ member }) => wasThere(member)),
      )),
      ...roleSettings.filter(({ role, isGrant }) => isGrant && wasThere(role)),
    ];
    const statements = [
      ...roles.filter(({ role, creates }) => !creates && isNew(role)),
      ...memberships.filter(({ member }) => isNew(member)),
      ...roleSettings.filter(({ role }) => isNew(role)),
    ];
    failures.push(
      ...(await applyStatements(
        client,
        statements.map(({ text }) => text),
      )),
    );
    const failed = new Set(failures.map(({ statement }) => statement));
    return [
      ...kept.map(({ text }) => `Not applied, because the role already existed: ${text}`),
      ...failures.map((failure) => `Not applied: ${describeFailure(failure)}`),
      ...describePowers(made, globals, failed),
    ];
  } finally {
    await client.end();
  }
}

async function makeRoles(client: pg.Client, { roles }: ParsedGlobals) {
  const made = new Set<string>();
  const refused = new Set<string>();
  const failures: ApplyFailure[] = [];
  for (const { role, text } of roles.filter(({ creates }) => creates)) {
    try {
      await client.query(alone(text));
      made.add(role);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      if (error.code === ALREADY_THERE) continue;
      refused.add(role);
      failures.push({ statement: text, message: messageOf(error) });
    }
  }
  return { made, refused, failures };
}

/** Those that do not exist on the server: a membership that already exists is not worth a note. */
async function findMissing(client: pg.Client, memberships: readonly Membership[]): Promise<Membership[]> {
  const { rows } = await client.query<{ role: string; member: string }>(
    `SELECT pg_catalog.pg_get_userbyid(roleid)::pg_catalog.text AS role,
            pg_catalog.pg_get_userbyid(member)::pg_catalog.text AS member FROM pg_catalog.pg_auth_members`,
  );
  const there = new Set(rows.map(({ role, member }) => `${role}\0${member}`));
  return memberships.filter(({ role, member }) => !there.has(`${role}\0${member}`));
}

/**
 * A source has such roles for good reasons, and anyone who can write a backup can add one: the person who restores knows
 * which it is.
 *
 * @param failed statements that the server refused
 */
function describePowers(made: ReadonlySet<string>, globals: ParsedGlobals, failed: ReadonlySet<string>): string[] {
  const told = [...made].flatMap((name) => {
    const attributes = globals.roles
      .filter(({ role, text }) => role === name && !failed.has(text))
      .flatMap((statement) => statement.attributes.filter((attribute) => POWERS.has(attribute)));
    const through = globals.memberships
      .filter(({ role, member, text }) => member === name && !made.has(role) && !failed.has(text))
      .map(({ role }) => `member of ${quoted(role)}`);
    const parameters = globals.roleSettings.some(
      ({ role, isGrant, text }) => role === name && isGrant && !failed.has(text),
    );
    const powers = [...attributes, ...through, ...(parameters ? ['privileges on parameters'] : [])];
    return powers.length === 0 ? [] : [`${quoted(name)} (${powers.join(', ')})`];
  });
  if (told.length === 0) return [];
  return [
    `The backup gave these new roles powers beyond their grants: ${told.join('; ')}. Take away what they should not have: ALTER ROLE … NOSUPERUSER, REVOKE … FROM …, DROP ROLE.`,
  ];
}
