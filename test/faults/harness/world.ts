/** What all faults of one run share: a source, a proven backup of it, a store, and what an undisturbed run comes to. */
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runCommand, type CommandRun } from './commands.js';
import type { Scene } from './fault-kind.js';
import { Random } from './random.js';
import { addLargeSource, SOURCE, startSourceServer, type SourceServer } from './source-server.js';
import { startStoreServer, type StoreServer } from './store-server.js';
import type { Client } from './startup-packet.js';
import { TcpProxy, type Direction } from './tcp-proxy.js';
import { filesBelow, openDirectory } from './vault-place.js';
import { parseManifest } from '../../../src/vault/formats/manifest.js';
import { newVault } from '../../helpers/vault.js';

/** What one kind of command came to without a fault. */
export interface Measured {
  readonly milliseconds: number;
  /** Bytes of connections to the source or target. @param of all by default */
  bytes(direction: Direction, of?: Client): number;
}

export interface World {
  readonly directory: string;
  readonly source: SourceServer;
  /** For each command, what an undisturbed run came to. `drill` is a verification with `--server`. */
  readonly measured: Readonly<Record<'backup' | 'restore' | 'verify' | 'drill', Measured>>;
  /** The size of that backup's dump, not compressed. */
  readonly dumpBytes: number;
  /** A copy of the vault that holds one backup, of the database `db`. */
  copyVault(directory: string): void;
  /** A new proxy before the source; the caller stops it. */
  openProxy(): Promise<TcpProxy>;
  /** An empty database on the source's server, and how to drop it. */
  createTarget(): Promise<Target>;
  /** The store; started when it is asked for first. */
  store(): Promise<StoreServer>;
  /** Adds the large source, once. */
  largeSource(): Promise<void>;
  stop(): Promise<void>;
}

export interface Target {
  readonly name: string;
  drop(): Promise<void>;
}

/** @throws Error when a backup, restore or verification fails without any fault */
export async function openWorld(): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'hf-faults-'));
  // Throwaway servers of root's run as another user.
  chmodSync(directory, 0o755);
  const { directory: vault } = newVault(join(directory, 'vault'));
  let source: SourceServer;
  try {
    source = await startSourceServer();
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  let store: Promise<StoreServer> | undefined;
  let large: Promise<void> | undefined;
  let targets = 0;
  const stop = async () => {
    await (await store)?.stop();
    await source.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  const shared = {
    directory,
    source,
    copyVault: (copy: string) => cpSync(vault, copy, { recursive: true }),
    openProxy: () => TcpProxy.start(() => source.socketPath),
    createTarget: async () => {
      const name = `target_${++targets}`;
      await source.query('postgres', `CREATE DATABASE ${name} TEMPLATE template0`);
      return { name, drop: async () => void (await source.query('postgres', `DROP DATABASE ${name} WITH (FORCE)`)) };
    },
    store: () => (store ??= startStoreServer()),
    largeSource: () => (large ??= addLargeSource(source)),
    stop,
  };
  try {
    const measured = await measureAll(shared, pathToFileURL(vault).href);
    return { ...shared, measured, dumpBytes: readDumpBytes(vault) };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Shared = Omit<World, 'measured' | 'dumpBytes'>;

function readDumpBytes(vault: string): number {
  const manifest = filesBelow(vault).find((file) => file.endsWith('.manifest.json')) ?? '';
  return parseManifest(manifest, readFileSync(join(vault, manifest))).totals.rawBytes;
}

async function measureAll(world: Shared, vault: string): Promise<World['measured']> {
  const target = await world.createTarget();
  try {
    const url = (port: number, database: string) => world.source.url(database, port);
    return {
      backup: await measure(world, (port) => ['backup', '--url', url(port, SOURCE), '--name', 'db', '--vault', vault]),
      restore: await measure(world, (port) => ['restore', 'db', '--to', url(port, target.name), '--vault', vault]),
      drill: await measure(world, (port) => ['verify', 'db', '--server', url(port, 'postgres'), '--vault', vault]),
      verify: await measure(world, () => ['verify', 'db', '--vault', vault]),
    };
  } finally {
    await target.drop();
  }
}

async function measure(world: Shared, args: (port: number) => readonly string[]): Promise<Measured> {
  const proxy = await world.openProxy();
  const tmp = openDirectory(join(world.directory, 'measuring'));
  try {
    const started = performance.now();
    const run = await runCommand(sceneOfNothing(world, tmp), args(proxy.port));
    const milliseconds = performance.now() - started;
    requireSuccess(run);
    return { milliseconds, bytes: (direction, of) => proxy.passed(direction, of) };
  } finally {
    await proxy.stop();
    rmSync(tmp, { recursive: true, force: true });
  }
}

function sceneOfNothing(world: Shared, tmp: string): Scene {
  return { world: world as World, kind: 'none', number: 0, random: new Random('none'), directory: tmp, tmp };
}

function requireSuccess({ args, code, stderr }: CommandRun): void {
  if (code !== 0) throw new Error(`holdfast ${args.join(' ')} failed without any fault: ${stderr}`);
}
