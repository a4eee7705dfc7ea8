/**
 * An S3 server with faults: passes requests on to the emulator, except for those that a test wants to fail. It reads the
 * whole of a request before it passes it on, so the emulator never sees half of one.
 */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Operation =
  | 'PutObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'ListMultipartUploads'
  | 'ListParts'
  | 'GetObject'
  | 'HeadObject'
  | 'ListObjectsV2'
  | 'DeleteObject'
  | 'Other';

export interface Seen {
  readonly operation: Operation;
  readonly key: string;
  readonly headers: IncomingMessage['headers'];
  readonly query: URLSearchParams;
  /** Bytes of its body. */
  readonly bytes: number;
}

/** What happens to a request instead of being passed on. */
export type Fault =
  /** An answer of the store's own; the request is not carried out. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly code: string;
      readonly headers?: Record<string, string>;
    }
  /** Status 200, and an error in the body: how S3 fails a completion that takes long. */
  | { readonly kind: 'error-in-body'; readonly code: string }
  /** Never an answer. */
  | { readonly kind: 'hang' }
  /** The connection is reset after so many bytes of the request's body; it is not carried out. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** It is carried out, and the connection is reset instead of the answer. */
  | { readonly kind: 'drop-answer' }
  /** It is carried out, and so is what the function does, before the connection is reset. */
  | { readonly kind: 'drop-answer-after'; readonly then: () => Promise<unknown> }
  /** The function runs, then the request is carried out and answered. */
  | { readonly kind: 'first'; readonly run: () => Promise<unknown> }
  /** The connection ends after so many bytes of the answer's body; `clean`: the answer does, as if that were all. */
  | { readonly kind: 'cut-answer'; readonly afterBytes: number; readonly clean?: boolean }
  /** The answer stops after so many bytes, and the connection stays open. */
  | { readonly kind: 'stall-answer'; readonly afterBytes: number }
  /** Other bytes than those that were sent are carried out, and the answer does not tell. */
  | { readonly kind: 'alter-request'; readonly alter: (body: Buffer) => Buffer }
  /** The answer has other headers. */
  | { readonly kind: 'headers'; readonly headers: Record<string, string> };

interface Rule {
  readonly operation: Operation;
  readonly fault: Fault | ((seen: Seen) => Fault | undefined);
  left: number;
}

export class FaultProxy {
  readonly #server: Server;
  readonly #target: () => string;
  #rules: Rule[] = [];
  /** Every request since the start or the last `clear`, in the order of arrival. */
  seen: Seen[] = [];
  /** Whether the server behaves like one that has never heard of ranges. */
  ignoreRanges = false;
  /** Most requests that were under way at a time, by operation. */
  readonly mostAtATime = new Map<Operation, number>();
  readonly #now = new Map<Operation, number>();

  private constructor(target: () => string) {
    this.#target = target;
    this.#server = createServer((incoming, outgoing) => {
      this.#handle(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
    });
    // Connections that are reset on purpose.
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  /** @param target where requests are passed on to */
  static async start(target: () => string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next `times` requests of this kind fail; a function decides for each one, and passes on with `undefined`. */
  fail(operation: Operation, fault: Rule['fault'], times = 1): void {
    this.#rules.push({ operation, fault, left: times });
  }

  /** Forgets all faults and what was seen. */
  clear(): void {
    this.#rules = [];
    this.seen = [];
    this.mostAtATime.clear();
  }

  /** Whether it was told to leave a request without an answer, or without the rest of one. */
  get fallsSilent(): boolean {
    return this.#rules.some(({ fault }) => 'kind' in fault && ['hang', 'stall-answer'].includes(fault.kind));
  }

  /** How many requests of this kind came. */
  count(operation: Operation): number {
    return this.seen.filter((each) => each.operation === operation).length;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://store');
    const operation = operationOf(incoming.method ?? '', url);
    const now = (this.#now.get(operation) ?? 0) + 1;
    this.#now.set(operation, now);
    this.mostAtATime.set(operation, Math.max(now, this.mostAtATime.get(operation) ?? 0));
    const head = {
      operation,
      key: decodeURIComponent(url.pathname.split('/').slice(2).join('/')),
      headers: incoming.headers,
      query: url.searchParams,
    };
    const fault = this.#faultFor({ ...head, bytes: 0 });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (fault?.kind === 'reset' && bytes >= fault.afterBytes) break;
    }
    this.seen.push({ ...head, bytes });
    try {
      await this.#answer(fault, { incoming, outgoing, body: Buffer.concat(chunks) });
    } finally {
      this.#now.set(operation, (this.#now.get(operation) ?? 1) - 1);
    }
  }

  #faultFor(seen: Seen): Fault | undefined {
    for (const rule of this.#rules) {
      if (rule.operation !== seen.operation || rule.left === 0) continue;
      const fault = typeof rule.fault === 'function' ? rule.fault(seen) : rule.fault;
      if (!fault) continue;
      rule.left--;
      return fault;
    }
    return undefined;
  }

  async #answer(
    fault: Fault | undefined,
    exchange: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse; readonly body: Buffer },
  ): Promise<void> {
    const { outgoing } = exchange;
    const { socket, method } = exchange.incoming;
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') {
      socket.resetAndDestroy();
      return;
    }
    if (fault?.kind === 'answer' || fault?.kind === 'error-in-body') {
      const { status, headers } = fault.kind === 'answer' ? fault : { status: 200 };
      outgoing.writeHead(status, { 'content-type': 'application/xml', ...headers });
      outgoing.end(method === 'HEAD' ? '' : errorBody(fault.code));
      return;
    }
    if (fault?.kind === 'first') await fault.run();
    const altered = fault?.kind === 'alter-request' ? { ...exchange, body: fault.alter(exchange.body) } : exchange;
    const answer = await this.#passOn(altered);
    if (fault?.kind === 'drop-answer-after') await fault.then();
    if (fault?.kind === 'drop-answer' || fault?.kind === 'drop-answer-after') {
      socket.resetAndDestroy();
      return;
    }
    if (fault?.kind !== 'cut-answer' && fault?.kind !== 'stall-answer') {
      const headers = fault?.kind === 'headers' ? { ...answer.headers, ...fault.headers } : answer.headers;
      outgoing.writeHead(answer.status, headers).end(answer.body);
      return;
    }
    const part = answer.body.subarray(0, fault.afterBytes);
    if (fault.kind === 'cut-answer' && fault.clean) {
      outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': String(part.length) }).end(part);
      return;
    }
    outgoing.writeHead(answer.status, answer.headers);
    // The bytes have to leave before the connection ends: it would take those with it that wait.
    outgoing.write(part, () => fault.kind === 'cut-answer' && setTimeout(() => socket.destroy(), 20));
  }

  #passOn({ incoming, body }: { readonly incoming: IncomingMessage; readonly body: Buffer }): Promise<{
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body: Buffer;
  }> {
    const target = new URL(this.#target());
    const { expect: _, ...headers } = incoming.headers;
    if (this.ignoreRanges) delete headers.range;
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: target.hostname,
          port: target.port,
          method: incoming.method,
          path: incoming.url,
          headers,
          agent: false,
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            // Connections are this proxy's own; an answer to HEAD keeps the length of what it does not carry.
            const { connection: __, 'transfer-encoding': ___, ...kept } = answer.headers;
            const whole = Buffer.concat(chunks);
            const headers = kept as Record<string, string>;
            if (incoming.method !== 'HEAD' && answer.statusCode !== 204)
              headers['content-length'] = String(whole.length);
            resolve({ status: answer.statusCode ?? 500, headers, body: whole });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function operationOf(method: string, { pathname, searchParams: query }: URL): Operation {
  const hasKey = pathname.split('/').slice(2).join('/') !== '';
  switch (method) {
    case 'PUT':
      return query.has('partNumber') ? 'UploadPart' : hasKey ? 'PutObject' : 'Other';
    case 'POST':
      if (query.has('uploads')) return 'CreateMultipartUpload';
      return query.has('uploadId') ? 'CompleteMultipartUpload' : 'Other';
    case 'DELETE':
      return query.has('uploadId') ? 'AbortMultipartUpload' : hasKey ? 'DeleteObject' : 'Other';
    case 'HEAD':
      return hasKey ? 'HeadObject' : 'Other';
    case 'GET':
      if (query.has('uploads')) return 'ListMultipartUploads';
      if (query.has('uploadId')) return 'ListParts';
      if (query.has('list-type')) return 'ListObjectsV2';
      return hasKey ? 'GetObject' : 'Other';
    default:
      return 'Other';
  }
}

function errorBody(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>The fault ${code}</Message><RequestId>TEST</RequestId></Error>`;
}
