/** A Secrets Manager that gives the answers of a list: for refusals that the emulator does not know, and for counting. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `arn`: of the secret that is answered with; the one that was asked for, with a suffix, if not said otherwise. */
export type Answer =
  { readonly value: string; readonly arn?: string } | { readonly error: string; readonly message: string };

export interface AnsweringServer {
  readonly endpoint: string;
  /** Given one after another; the last one for ever. */
  answers: Answer[];
  /** The bodies of the requests so far. */
  readonly requests: { readonly SecretId: string; readonly VersionStage: string }[];
  stop(): Promise<void>;
}

export async function startAnsweringServer(): Promise<AnsweringServer> {
  const requests: AnsweringServer['requests'] = [];
  const state: { answers: Answer[] } = { answers: [] };
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const asked = JSON.parse(body) as AnsweringServer['requests'][number];
      requests.push(asked);
      const answer = (state.answers.length > 1 ? state.answers.shift() : state.answers[0]) ?? { value: '' };
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.statusCode = 'value' in answer ? 200 : 400;
      response.end(
        JSON.stringify(
          'value' in answer
            ? {
                ARN: answer.arn ?? `${asked.SecretId}-AbC123`,
                SecretString: answer.value,
                VersionStages: ['AWSCURRENT'],
              }
            : { __type: answer.error, message: answer.message },
        ),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get answers() {
      return state.answers;
    },
    set answers(answers) {
      state.answers = answers;
    },
    requests,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
