/** Clients as applications are: they read the secret now and then, and connect all the time. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readCurrent } from './secrets.js';

/** Between two connections of one client. */
const PAUSE_MS = 5;

export interface SteadyClients {
  /** How many connections were made, and what was refused. */
  readonly connections: number;
  readonly refused: readonly string[];
  /** How many different values were read. */
  readonly values: number;
  /** Resolves when each client has read the secret once more than when this was called. */
  readAgain(): Promise<void>;
  stop(): Promise<void>;
}

export interface SteadyClientsOptions {
  readonly client: SecretsManagerClient;
  readonly secretId: string;
  readonly clients: number;
  /** Milliseconds between two looks at the secret. */
  readonly interval: number;
  /** One connection, used and closed. */
  readonly connect: (value: Record<string, unknown>) => Promise<void>;
}

export function startSteadyClients(options: SteadyClientsOptions): SteadyClients {
  const refused: string[] = [];
  const seen = new Set<string>();
  const reads = Array.from({ length: options.clients }, () => 0);
  let connections = 0;
  let running = true;
  const run = async (index: number) => {
    let value: Record<string, unknown> = {};
    let readAt = -Infinity;
    while (running) {
      if (Date.now() - readAt >= options.interval) {
        value = await readCurrent(options.client, options.secretId);
        seen.add(JSON.stringify(value));
        readAt = Date.now();
        reads[index] = (reads[index] ?? 0) + 1;
      }
      try {
        await options.connect(value);
        connections += 1;
      } catch (error) {
        refused.push(String(error));
      }
      // An application does something with its connection; without a pause, the clients are all that runs.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const running_ = Promise.all(reads.map((_, index) => run(index)));
  return {
    get connections() {
      return connections;
    },
    refused,
    get values() {
      return seen.size;
    },
    async readAgain() {
      // What is being read now may be older than this call: two more are certain.
      const before = [...reads];
      while (running && reads.some((count, index) => count < (before[index] ?? 0) + 2)) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async stop() {
      running = false;
      await running_;
    },
  };
}
