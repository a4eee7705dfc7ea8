/** Sends requests for the readers: within the pool, recorded, and with failures as unknown readings. */
import { throwIfAborted } from '../../core/cancellation.js';
import { messageOf, systemCodeOf } from '../../core/errors.js';
import type { Declared } from '../model/declared.js';
import type { UnreadPart } from '../model/facts.js';
import { known, type Reading, unknown, type UnknownReason } from '../model/reading.js';
import type { AuditClients } from './clients.js';
import { Pool } from '../../core/bounded-concurrency.js';
import type { AuditAction } from './read-policy.js';
import { type ReadSink, type ReadSubject, withoutTokens } from './recorder.js';
import type { READS_REDIS_SECRET, RedisSecret } from './redis-secret.js';

interface Answer {
  readonly $metadata: { readonly requestId?: string | undefined; readonly attempts?: number | undefined };
}

export interface SendOptions {
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
  /** The clients of another Region, for what belongs to something here. */
  readonly clientsIn: (region: string) => AuditClients;
  readonly scope: 'declared' | 'account';
  readonly declared: Declared;
  readonly account: string;
  /** The ARN of who asks. */
  readonly caller?: string;
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

  /** The same reader in another Region, with requests of its own. */
  inRegion(region: string): AwsReader {
    return new AwsReader({ ...this.options, region, clients: this.options.clientsIn(region) });
  }

  /** Whether the audit is about a resource of this name. */
  concerns(name: string, declared: readonly string[]): boolean {
    return this.options.scope === 'account' || declared.includes(name);
  }

  /** What stands for resources of a type where it is not known which there are. */
  unlisted(type: string, { reason }: UnknownReason): UnreadPart {
    const { account, region } = this.options;
    return { id: `${account}/${region}/${type}`, name: type, type, reason: reason.replace(/\.$/, '') };
  }

  /** One request's answer as a value. `absent`: the value to use where AWS says that there is no such setting. */
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

  /** All items of a list, page by page. Where one page fails, the list is unknown: half a list is no list. */
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

export interface ReadFailure {
  readonly denied: boolean;
  /** `AccessDenied`, `ThrottlingException`, `ECONNREFUSED`. */
  readonly code: string;
  readonly message: string;
}

const DENIED = /^(Client\.)?(AccessDenied|UnauthorizedOperation|UnauthorizedAccess|AuthorizationError|Forbidden)/;

/** Credentials that have expired: a permission would not help. */
const CREDENTIALS =
  /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure)/;

/** @throws the error itself where it does not come from a request: a defect is not a failed read */
export function failureOf(error: unknown): ReadFailure {
  if (!(error instanceof Error) || !isOfRequest(error)) throw error;
  const code = systemCodeOf(error) ?? error.name;
  const refused = DENIED.test(error.name) || (statusOf(error) === 403 && !CREDENTIALS.test(error.name));
  return { denied: refused, code, message: messageOf(error).trim() || code };
}

/** What the failed request leaves unknown. */
export function unknownAfter(failure: ReadFailure, operation: string, permission: string): Reading<never> {
  const said = failure.message.replace(/\.?$/, '.');
  return failure.denied
    ? unknown(`${permission} was denied: ${said}`, permission)
    : unknown(`${operation} failed with ${failure.code}: ${said}`);
}

function isOfRequest(error: Error): boolean {
  return (
    '$metadata' in error ||
    systemCodeOf(error) !== undefined ||
    /^(TimeoutError|NetworkingError|.*ProviderError)$/.test(error.name)
  );
}

function statusOf(error: Error): number | undefined {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
