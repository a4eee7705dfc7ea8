/** A user of a self-managed server, changed with ACL SETUSER by an administrator. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { quoted } from '../../core/quoted.js';
import type { Secret } from '../../core/secret.js';
import { ownerUser, requireOwnAclUser } from './acl-owner.js';
import { DEFAULT_USER, type PasswordControl } from './password-control.js';
import type { RedisSession } from './redis-sign-in.js';

export interface AclUserOptions {
  /** The user as the settings declare it. */
  readonly username: string;
  /** ARN of the secret whose rotation this is. */
  readonly secretId: string;
  readonly openAdministrator: () => Promise<RedisSession>;
  /** What the administrator is called. */
  readonly administrator: () => Promise<string>;
  readonly logger: Logger;
}

/**
 * Passwords go as their SHA-256, which is what the server keeps: its log and monitors never see one. They are added and
 * removed one by one, so that a call that comes late takes nothing away that was admitted since.
 */
export function aclUser({
  username,
  secretId,
  openAdministrator,
  administrator,
  logger,
}: AclUserOptions): PasswordControl {
  const asAdministrator = async <T>(work: (session: RedisSession) => Promise<T>): Promise<T> => {
    const session = await openAdministrator();
    try {
      return await work(session);
    } finally {
      session.end();
    }
  };
  const warnOfNoFile = () =>
    logger.warn(
      `The server keeps its users in no file: after a restart, ${quoted(username)} has the passwords that it is started with. Give it an aclfile.`,
    );
  const change = async (session: RedisSession, rules: readonly string[]) => {
    await run(session, ['ACL', 'SETUSER', username, ...rules]);
    await save(session, `The passwords of ${quoted(username)} were changed`, warnOfNoFile);
  };
  return {
    async requireUser(secret) {
      const named = secret.username ?? DEFAULT_USER;
      if (named !== username) {
        throw new HoldfastError(
          'ROTATION_REFUSED',
          `The secret names the user ${quoted(named)}: this rotation is only for ${quoted(username)}.`,
          {
            hint: 'Find out who changed the secret. If the user was renamed, name it in control.username of the settings.',
          },
        );
      }
      if ((await administrator()) !== username) return;
      throw new HoldfastError(
        'ROTATION_REFUSED',
        `The user ${quoted(username)} is the administrator of this rotation itself.`,
        { hint: 'Give the application a user of its own.' },
      );
    },
    requireOwn: () =>
      asAdministrator((session) =>
        requireOwnAclUser(
          username,
          secretId,
          (command) => run(session, command),
          async (mark) => {
            await requirePrimary(session);
            await mark();
            await save(session, `The user ${quoted(ownerUser(username))} was added`, warnOfNoFile);
          },
        ),
      ),
    admitBoth: (current, pending) =>
      asAdministrator(async (session) => {
        warnOfOtherNodes(await requirePrimary(session), username, logger);
        await change(session, [`#${hashOf(current)}`, `#${hashOf(pending)}`]);
      }),
    admitOnly: (password, stillWanted) =>
      asAdministrator(async (session) => {
        const kept = hashOf(password);
        const others = (await passwordsOf(session, username)).filter((hash) => hash !== kept);
        if (!(await stillWanted())) return false;
        await change(session, [`#${kept}`, ...others.map((hash) => `!${hash}`)]);
        return true;
      }),
    settle: () => Promise.resolve(),
  };
}

function hashOf(password: Secret): string {
  return createHash('sha256').update(password.reveal()).digest('hex');
}

async function run(session: RedisSession, command: readonly string[]): Promise<unknown> {
  try {
    return await session.send(command);
  } catch (error) {
    const [, verb = ''] = command;
    throw new HoldfastError('ROTATION_DENIED', `ACL ${verb} was refused: ${messageOf(error)}.`, {
      hint: 'The administrator needs +acl|setuser, +acl|getuser and +acl|save.',
    });
  }
}

/** What a server says of itself, or an error that it answers with. */
type ServerInfo = { readonly text: string } | { readonly error: unknown };

function says(info: ServerInfo, line: string): boolean {
  return 'text' in info && new RegExp(`^${line}\\r?$`, 'm').test(info.text);
}

/**
 * Each node has users of its own, which no replica gets from its primary.
 *
 * @throws HoldfastError ROTATION_REFUSED for a replica: clients write to another server
 */
async function requirePrimary(session: RedisSession): Promise<ServerInfo> {
  const info = await session.send(['INFO']).then(
    (text): ServerInfo => ({ text: String(text) }),
    (error: unknown): ServerInfo => ({ error }),
  );
  if (says(info, 'role:slave')) {
    throw new HoldfastError(
      'ROTATION_REFUSED',
      `The server that answers is a replica, whose users are not those of its primary.`,
      { hint: "Name the primary in host of the rotation's settings, or in the administrator's secret." },
    );
  }
  return info;
}

function warnOfOtherNodes(info: ServerInfo, username: string, logger: Logger): void {
  if ('error' in info) {
    logger.warn(
      `Whether the server is a replica or has any is not known: INFO: ${messageOf(info.error)}. The administrator needs +info.`,
    );
    return;
  }
  if (!says(info, 'connected_slaves:[1-9]\\d*') && !says(info, 'cluster_enabled:1')) return;
  logger.warn(
    `The server has replicas or is part of a cluster, and each node has users of its own: only this one gets the new password of ${quoted(username)}. Give it to the others before a client signs in there, or one of them becomes the primary.`,
  );
}

/** ACL GETUSER answers with a map in RESP3, which is a list of names and values in RESP2. */
const listed = z.object({ passwords: z.array(z.string()) });

async function passwordsOf(session: RedisSession, username: string): Promise<string[]> {
  const answer = await run(session, ['ACL', 'GETUSER', username]);
  const fields = Array.isArray(answer) ? { passwords: answer[answer.indexOf('passwords') + 1] as unknown } : answer;
  const result = listed.safeParse(fields);
  if (result.success) return result.data.passwords;
  throw new HoldfastError(
    'ROTATION_FAILED',
    `ACL GETUSER ${username}: the answer lists no passwords, so none was taken away.`,
  );
}

/** Errors of a server that keeps its users somewhere else, or nowhere. */
const NO_ACL_FILE = /not configured to use an ACL file/i;
const NO_CONFIG_FILE = /without a config file/i;

/**
 * Else a restart would bring the former password back: into the ACL file, or the configuration where users are there.
 *
 * @param done what was changed, in words
 */
async function save(session: RedisSession, done: string, warnOfNoFile: () => void): Promise<void> {
  try {
    await session.send(['ACL', 'SAVE']);
    return;
  } catch (error) {
    if (!NO_ACL_FILE.test(messageOf(error))) throw unsaved(done, 'ACL SAVE', '+acl|save', error);
  }
  try {
    await session.send(['CONFIG', 'REWRITE']);
  } catch (error) {
    if (!NO_CONFIG_FILE.test(messageOf(error))) throw unsaved(done, 'CONFIG REWRITE', '+config|rewrite', error);
    warnOfNoFile();
  }
}

function unsaved(done: string, command: string, permission: string, error: unknown): HoldfastError {
  return new HoldfastError('ROTATION_DENIED', `${done}, but not saved: ${command}: ${messageOf(error)}.`, {
    hint: `The administrator needs ${permission}, and the server a file that it may write. Then rotate again.`,
  });
}
