/** What an audit looks at: templates in a directory, or the live account. */
import { resolve } from 'node:path';
import { NOTHING_DECLARED } from '../../audit/declared.js';
import { factsFromTemplates, readTemplates } from '../../audit/facts/template/index.js';
import type { RecordedRead } from '../../audit/facts/live/index.js';
import type { AuditedFacts } from '../../audit/report/audit-report.js';
import { signIn } from '../aws/sign-in.js';
import type { Session } from '../session.js';
import { readBackups } from './read-backups.js';

export interface CollectOptions {
  /** A cloud assembly, templates, or one template; absent: the live account. */
  readonly template?: string;
  readonly scope?: 'declared' | 'account';
}

export interface Collected {
  readonly audited: readonly [AuditedFacts, ...AuditedFacts[]];
  /** Each request to AWS; none for templates. */
  readonly reads: readonly RecordedRead[];
}

/** @throws HoldfastError TEMPLATE_INVALID; what signing in and the config throw */
export async function collectFacts(session: Session, options: CollectOptions): Promise<Collected> {
  return options.template === undefined
    ? collectLive(session, options)
    : { audited: [await collectTemplates(session, options.template)], reads: [] };
}

function collectTemplates(session: Session, template: string): Promise<AuditedFacts> {
  const stacks = readTemplates(resolve(session.cwd, template));
  const facts = factsFromTemplates(stacks, session.clock.now());
  return Promise.resolve({ facts, declared: NOTHING_DECLARED });
}

async function collectLive(session: Session, { scope }: CollectOptions): Promise<Collected> {
  const { readLiveFacts } = await import('../../audit/facts/live/index.js');
  const config = await session.config.optional();
  const { clientOptions } = await signIn(session, 'the account', config?.sourceAccount ?? {}, config?.region);
  const reads: RecordedRead[] = [];
  const declared = NOTHING_DECLARED;
  const facts = await readLiveFacts({
    clientOptions,
    scope: scope ?? (config ? 'declared' : 'account'),
    declared,
    backups: () => readBackups(session, config),
    onRead: (read) => reads.push(read),
    now: () => session.clock.now(),
    signal: session.signal,
  });
  return { audited: [{ facts, declared }], reads };
}
