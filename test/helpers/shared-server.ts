/**
 * vitest's global setup: one throwaway server for all integration tests of a run, and clusters and an AWS emulator to copy
 * for the others.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openClusterTemplates } from './cluster-templates.js';
import { startEmulatorForCopies } from './emulator-process.js';
import { serverPrograms, startTestServer, type TestServer } from './postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** How to reach the shared server; {@link sharedServer} reads it. */
    postgres: SharedServer;
  }
}

/** The part of a server that can be handed from process to process. */
export type SharedServer = Pick<TestServer, 'host' | 'port' | 'superuser' | 'user' | 'version'>;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const clusters = await openClusterTemplates(await serverPrograms());
  // The workers and the commands that they run inherit it.
  process.env.HOLDFAST_PG_BIN = clusters.bin;
  const directory = await mkdtemp(join(tmpdir(), 'hf-emulator-'));
  const [server, emulator] = await Promise.all([startTestServer(), startEmulatorForCopies(join(directory, 'socket'))]);
  const { host, port, superuser, user, version } = server;
  project.provide('postgres', { host, port, superuser, user, version });
  return async () => {
    await server.stop();
    await clusters.remove();
    await emulator.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
