/** What an audit looks at: templates in a directory, or the live accounts. */
import { statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { AuditedFacts } from '../../audit/audit-report.js';
import { declaredFrom } from '../../audit/declared-from-config.js';
import type { StackTemplate } from '../../audit/facts-from-templates.js';
import { NOTHING_DECLARED } from '../../audit/model/declared.js';
import { known } from '../../audit/model/reading.js';
import type { ClientOptions, RecordedRead } from '../../audit/read-live-facts.js';
import { accountSettings, PLACE_NAMES, type AccountSettings, type Place } from '../../config/accounts.js';
import type { HoldfastConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import type { Session } from '../session.js';
import { readBackups } from './read-backups.js';

export interface CollectOptions {
  /** A cloud assembly, templates, or one template; absent: the live accounts. */
  readonly template?: string;
  /** Values of the templates' parameters: `VaultKeyArn=arn:…`. */
  readonly parameter?: readonly string[];
  readonly scope?: 'declared' | 'account';
  /** ARNs of secrets with the credentials of caches. @default caches are not tried */
  readonly redisSecret?: readonly string[];
  /** @default all that the config has */
  readonly account?: 'source' | 'data-layer' | 'backup';
}

export interface Collected {
  readonly audited: readonly [AuditedFacts, ...AuditedFacts[]];
  /** Each request to AWS; none for templates. */
  readonly reads: readonly RecordedRead[];
}

/** @throws HoldfastError TEMPLATE_INVALID, USAGE; what signing in and the config throw */
export async function collectFacts(session: Session, options: CollectOptions): Promise<Collected> {
  const config = await session.config.optional();
  if (options.template === undefined) return collectLive(session, config, options);
  const { factsFromTemplates, readTemplates } = await import('../../audit/facts-from-templates.js');
  const given = parametersOf(options.parameter ?? []);
  const stacks = readTemplates(resolve(session.cwd, options.template), given).map(
    fromWorkingDirectory(session, options.template),
  );
  requireParameters(stacks, given);
  const facts = factsFromTemplates(stacks, session.clock.now());
  // Accounts that one app deploys to are one owner's.
  const trustedAccounts = [...new Set(stacks.flatMap(({ account }) => account ?? []))];
  const declared = config ? declaredFrom(config) : { ...NOTHING_DECLARED, trustedAccounts };
  return { audited: [{ facts, declared }], reads: [] };
}

/** Files as seen from where the audit runs: code scanning looks for them in the repository. */
function fromWorkingDirectory({ cwd }: Session, template: string): (stack: StackTemplate) => StackTemplate {
  const location = resolve(cwd, template);
  const root = statSync(location).isFile() ? dirname(location) : location;
  return (stack) => (stack.file === undefined ? stack : { ...stack, file: relative(cwd, join(root, stack.file)) });
}

/** @throws HoldfastError USAGE for what is not NAME=VALUE */
function parametersOf(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((text) => {
      const [name = '', ...rest] = text.split('=');
      if (rest.length === 0) throw new HoldfastError('USAGE', `--parameter ${text} is not NAME=VALUE.`);
      return [name, rest.join('=')];
    }),
  );
}

/** @throws HoldfastError USAGE for one that no template has */
function requireParameters(stacks: readonly StackTemplate[], given: Readonly<Record<string, string>>): void {
  const known = [...new Set(stacks.flatMap(({ parameters }) => Object.keys(parameters)))];
  const missing = Object.keys(given).find((name) => !known.includes(name));
  if (missing === undefined) return;
  throw new HoldfastError('USAGE', `No template has the parameter ${missing} that --parameter gives a value.`, {
    hint: known.length === 0 ? 'The templates have none.' : `They have: ${known.join(', ')}.`,
  });
}

async function collectLive(
  session: Session,
  config: HoldfastConfig | undefined,
  { scope, account: only, redisSecret: secrets = [] }: CollectOptions,
): Promise<Collected> {
  const { signIn } = await import('../aws/sign-in.js');
  const { readLiveFacts } = await import('../../audit/read-live-facts.js');
  const { redisSecretsOf } = await import('./redis-secrets.js');
  const redisSecret = redisSecretsOf(secrets);
  const reads: RecordedRead[] = [];
  const audited: AuditedFacts[] = [];
  const signedIn = new Map<string, { what: string; clientOptions: ClientOptions }>();
  const accounts: Partial<Record<Place, string>> = {};
  for (const { what, settings, holds } of placesOf(config, only)) {
    const { account, clientOptions } = await signIn(session, what, settings, config?.region);
    for (const place of holds) accounts[place] = account;
    // Two may be one account: it is audited once, with all that the config puts there.
    if (!signedIn.has(account)) signedIn.set(account, { what, clientOptions });
  }
  for (const [account, { what, clientOptions }] of signedIn) {
    session.logger.info(`Reading ${what} ${account}.`);
    const all = config ? declaredFrom(config, account, accounts) : NOTHING_DECLARED;
    // The vault is one for all accounts, and is looked at once: with the last, which is the one that has its key.
    const withVault = audited.length === signedIn.size - 1;
    const declared = withVault ? all : { ...all, databases: [] };
    const facts = await readLiveFacts({
      clientOptions,
      scope: scope ?? (config ? 'declared' : 'account'),
      declared,
      backups: () => (withVault ? readBackups(session, config) : Promise.resolve(known([]))),
      redisSecret,
      onRead: (read) => reads.push(read),
      now: () => session.clock.now(),
      signal: session.signal,
    });
    audited.push({ facts, declared });
  }
  return { audited: audited as unknown as Collected['audited'], reads };
}

interface AuditedPlace {
  readonly what: string;
  readonly settings: AccountSettings;
  /** What the config puts there. */
  readonly holds: readonly Place[];
}

/** @throws HoldfastError USAGE */
function placesOf(config: HoldfastConfig | undefined, only: CollectOptions['account']): readonly AuditedPlace[] {
  if (!config) {
    if (only === undefined) return [{ what: 'the account', settings: {}, holds: [] }];
    throw new HoldfastError('USAGE', `--account ${only} needs a config, which says what that account is.`);
  }
  const settings = accountSettings(config);
  const isOne = isDeepStrictEqual(settings.source, settings.dataLayer);
  const place = (name: Place, holds: readonly Place[] = [name]) => ({
    what: PLACE_NAMES[name],
    settings: settings[name],
    holds,
  });
  const source = place('source', config.dataLayer && isOne ? ['source', 'dataLayer'] : ['source']);
  const layer = config.dataLayer && (isOne ? source : place('dataLayer'));
  const backup = config.backupAccount && place('backup');
  if (only === undefined) return [source, ...(layer && !isOne ? [layer] : []), ...(backup ? [backup] : [])];
  const found = { source, 'data-layer': layer, backup }[only];
  if (found) return [found];
  const section = only === 'backup' ? 'backupAccount' : 'dataLayer';
  throw new HoldfastError('USAGE', `--account ${only} needs ${section} in the config.`);
}
