/** Sends requests for the readers: within the pool, recorded, and with failures as unknown readings. */
import { throwIfAborted } from '../../../core/cancellation.js';
import type { Declared } from '../../declared.js';
import { known, type Reading } from '../../reading.js';
import type { AuditClients } from './clients.js';
import { failureOf, unknownAfter } from './failure.js';
import { Pool } from './pool.js';
import type { AuditAction } from './read-policy.js';
import type { READS_REDIS_SECRET } from './redis-probe.js';
import { type RedisSecret } from './redis-probe.js';
import { withoutTokens, type ReadSink, type ReadSubject } from './recorder.js';

interface Answer {
  readonly $metadata: { readonly requestId?: string | undefined; readonly attempts?: number | undefined };
}

interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/** One request. */
export interface Request<Command extends { readonly input: object }, Output extends Answer> {
  readonly action: AuditAction | typeof READS_REDIS_SECRET;
  readonly subject: ReadSubject;
  readonly command: Command;
  readonly send: (command: Command, options: SendOptions) => Promise<Output>;
  /** Error codes by which AWS says that there is no such setting, or no such thing. */
  readonly absent?: readonly string[];
}

export interface ReaderOptions {
  readonly clients: AuditClients;
  readonly scope: 'declared' | 'account';
  readonly declared: Declared;
  readonly account: string;
  readonly region: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  readonly now: () => Date;
  readonly concurrency: number;
  readonly onRead?: ReadSink;
  readonly redisSecret?: RedisSecret;
  readonly signal?: AbortSignal;
}

export class AwsReader {
  readonly clients: AuditClients;
  readonly #pool: Pool;

  constructor(readonly options: ReaderOptions) {
    this.clients = options.clients;
    this.#pool = new Pool(options.concurrency);
  }

  /** Resources whose requests are under way at once: enough to keep the pool busy, whatever their number. */
  get resourcesAtOnce(): number {
    return this.options.concurrency;
  }

  /** Whether the audit is about a resource of this name. */
  concerns(name: string, declared: readonly string[]): boolean {
    return this.options.scope === 'account' || declared.includes(name);
  }

  /** One request's answer as a value. `absent`: what the setting is where AWS says that there is none. */
  async read<Command extends { readonly input: object }, Output extends Answer, T>(
    request: Request<Command, Output>,
    derive: (output: Output) => T,
    absent?: { readonly value: T },
  ): Promise<Reading<T>> {
    const codes = absent ? request.absent : [];
    const answer = await this.#send({ ...request, absent: codes });
    if ('unknown' in answer) return answer;
    if (answer.value === undefined && absent) return absent;
    return known(derive(answer.value as Output));
  }

  /** All items of a list, page by page. Where one page fails, the list is unknown: half of it is none. */
  async list<Command extends { readonly input: object }, Output extends Answer, T>(
    request: Omit<Request<Command, Output>, 'command'> & {
      readonly page: (token: string | undefined) => Command;
      readonly next: (output: Output) => string | undefined;
      readonly items: (output: Output) => readonly T[] | undefined;
    },
  ): Promise<Reading<readonly T[]>> {
    const all: T[] = [];
    let token: string | undefined;
    do {
      const answer = await this.#send({ ...request, command: request.page(token) });
      if ('unknown' in answer) return answer;
      if (answer.value === undefined) break;
      for (const item of request.items(answer.value) ?? []) all.push(item);
      const next = request.next(answer.value);
      // A server that hands out the same token again would keep us here forever.
      token = next === token ? undefined : next || undefined;
    } while (token !== undefined);
    return known(all);
  }

  async #send<Command extends { readonly input: object }, Output extends Answer>(
    request: Request<Command, Output>,
  ): Promise<Reading<Output | undefined>> {
    const { action, subject, command, send, absent = [] } = request;
    const { now, onRead, signal } = this.options;
    return this.#pool.run(async () => {
      throwIfAborted(signal);
      // In a bundle a class has a number behind its name where two services have one of the same name.
      const operation = command.constructor.name.replace(/Command\d*$/, '');
      const [service = ''] = action.split(':');
      const sent = { service, operation, permission: action, input: withoutTokens(command.input), at: now(), subject };
      try {
        const output = await send(command, { abortSignal: signal });
        onRead?.({ ...sent, ...idsOf(output), outcome: 'read' });
        return known(output);
      } catch (error) {
        throwIfAborted(signal);
        const failure = failureOf(error);
        const { denied, code, message } = failure;
        const isAbsent = absent.includes(code);
        const outcome = isAbsent ? 'absent' : denied ? 'denied' : 'failed';
        onRead?.({ ...sent, ...idsOf(error), outcome, error: { code, message } });
        return isAbsent ? known(undefined) : unknownAfter(failure, operation, action);
      }
    });
  }
}

function idsOf(answer: unknown): { readonly requestId?: string; readonly attempts?: number } {
  const { requestId, attempts } = (answer as Partial<Answer>).$metadata ?? {};
  return { ...(requestId !== undefined && { requestId }), ...(attempts !== undefined && { attempts }) };
}
