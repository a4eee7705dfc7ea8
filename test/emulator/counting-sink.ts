/**
 * An S3 server that keeps nothing: it counts what comes, and checks each part and the whole against the checksums that
 * are sent along. For streams that are too large for an emulator.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Crc64 } from '../../src/vault/s3/crc64.js';

export interface CountingSink {
  readonly endpoint: string;
  /** Bytes of each part, by number from 1; a single put is part 0. */
  readonly parts: Map<number, number>;
  /** The size of the completed object, as it was announced and checked. */
  readonly completedBytes: number | undefined;
  /** Bytes that were being received at a time, at most. */
  readonly mostUnderWay: number;
  readonly faults: readonly string[];
  stop(): Promise<void>;
}

export async function startCountingSink(): Promise<CountingSink> {
  const parts = new Map<number, number>();
  const checksums = new Map<number, Crc64>();
  const faults: string[] = [];
  let completedBytes: number | undefined;
  let underWay = 0;
  let mostUnderWay = 0;

  const check = (what: string, crc: Crc64, headers: IncomingMessage['headers']) => {
    if (headers['x-amz-checksum-crc64nvme'] !== crc.digest()) faults.push(`${what} has another checksum`);
  };
  const complete = (headers: IncomingMessage['headers']) => {
    const whole = new Crc64();
    for (const [, crc] of [...checksums].sort(([a], [b]) => a - b)) whole.append(crc);
    check('the object', whole, headers);
    if (headers['x-amz-mp-object-size'] !== String(whole.bytes)) faults.push('the object has another size');
    completedBytes = whole.bytes;
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const query = new URL(incoming.url ?? '', 'http://sink').searchParams;
    const length = Number(incoming.headers['content-length'] ?? 0);
    underWay += length;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    const crc = new Crc64();
    for await (const chunk of incoming as AsyncIterable<Buffer>) crc.update(chunk);
    underWay -= length;
    if (incoming.method === 'HEAD') {
      outgoing.writeHead(404).end();
    } else if (incoming.method === 'PUT') {
      const number = Number(query.get('partNumber') ?? 0);
      check(`part ${number}`, crc, incoming.headers);
      parts.set(number, crc.bytes);
      checksums.set(number, crc);
      if (number === 0) completedBytes = crc.bytes;
      outgoing.writeHead(200, { etag: `"${number}"` }).end();
    } else if (query.has('uploads')) {
      outgoing.writeHead(200, { 'content-type': 'application/xml' });
      outgoing.end('<InitiateMultipartUploadResult><UploadId>the-upload</UploadId></InitiateMultipartUploadResult>');
    } else {
      complete(incoming.headers);
      outgoing.writeHead(200, { 'content-type': 'application/xml' });
      outgoing.end('<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>');
    }
  };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch((error: unknown) => {
      faults.push(String(error));
      outgoing.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    parts,
    faults,
    get completedBytes() {
      return completedBytes;
    },
    get mostUnderWay() {
      return mostUnderWay;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
