/** The backup's roles on the target's server. */
import pg from 'pg';
import { messageOf } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { IDENTIFIER } from '../../syntax/sql/identifiers.js';
import type { Membership, ParsedGlobals, RoleStatement } from '../../postgres/parsed-globals.js';
import type { BackupContext } from '../operation/context.js';
import { ALREADY_THERE, alone, applyStatements, describeFailure, type ApplyFailure } from './apply-globals.js';

/** What lets a role do more than its grants say. */
const POWERS: ReadonlySet<string> = new Set(['SUPERUSER', 'CREATEROLE', 'REPLICATION', 'BYPASSRLS']);

/**
 * Creates the roles of a backup that do not exist on the server. A role that exists stays as it is: its attributes,
 * settings, memberships and privileges are up to the target. So a statement runs only if it changes a role whose
 * CREATE ROLE has just succeeded, however the server may have cut its name. Who is no superuser may not even say that a
 * role is none: what a new role has anyway is left unsaid, and what only a superuser gives is noted.
 *
 * @returns notes on what could not be applied, on the memberships and privileges that existing roles were not given, and on the
 *   roles that were created with powers beyond their grants
 */
export async function createRoles(
  access: DatabaseAccess,
  given: ParsedGlobals,
  context: BackupContext,
): Promise<string[]> {
  const client = await access.connect({ signal: context.signal });
  try {
    const { globals, withheld } = (await isSuperuser(client)) ? { globals: given, withheld: [] } : asPlainRole(given);
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
      ...withheld.filter(({ role }) => made.has(role)).map(({ role, powers }) => withheldNote(role, powers)),
      ...describePowers(made, globals, failed),
    ];
  } finally {
    await client.end();
  }
}

async function isSuperuser(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean }>(
    `SELECT pg_catalog.current_setting('is_superuser') = 'on' AS is`,
  );
  return rows[0]?.is ?? false;
}

/** What only a superuser gives, or takes. */
const OF_SUPERUSERS: ReadonlySet<string> = new Set(['SUPERUSER', 'REPLICATION', 'BYPASSRLS']);

/** The statements as a role with CREATEROLE may run them, and what they do not give. */
function asPlainRole(globals: ParsedGlobals) {
  const withheld: { readonly role: string; readonly powers: readonly string[] }[] = [];
  const roles = globals.roles.map((statement): RoleStatement => {
    const { role, text, attributes, attributesStart, attributesEnd } = statement;
    const kept = attributes.filter((attribute) => !OF_SUPERUSERS.has(attribute.replace(/^NO/, '')));
    const powers = attributes.filter((attribute) => OF_SUPERUSERS.has(attribute));
    if (powers.length > 0) withheld.push({ role, powers });
    if (kept.length === attributes.length) return statement;
    const plain = `${text.slice(0, attributesStart)}${kept.join(' ')}${text.slice(attributesEnd)}`;
    return { ...statement, text: plain, attributes: kept, attributesEnd: attributesStart + kept.join(' ').length };
  });
  // In whose name a membership was granted, only a superuser can say.
  const memberships = globals.memberships.map((membership) => ({
    ...membership,
    text: membership.text.replace(GRANTED_BY, ';'),
  }));
  return { globals: { ...globals, roles, memberships }, withheld };
}

const GRANTED_BY = new RegExp(` GRANTED BY ${IDENTIFIER};$`, 's');

function withheldNote(role: string, powers: readonly string[]): string {
  return `Not applied: ${powers.join(', ')} for the role ${quoted(role)}, which only a superuser gives.`;
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
