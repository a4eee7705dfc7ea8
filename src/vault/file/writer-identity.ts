/**
 * Who writes a temporary file, so that what a killed process left behind can be told from a live writer's file.
 *
 * Process ids mean something only inside one PID namespace of one running kernel, and they are reused. On Linux a
 * writer is therefore named by that place, its id and its start time. If the kernel does not say, the place is a random
 * one that no other process takes for its own.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCodeOf } from '../../core/errors.js';

export interface WriterIdentity {
  /** 12 hex digits: the kernel's boot, the PID namespace and the host. */
  readonly place: string;
  readonly pid: number;
  /** When the process started, in the kernel's ticks; 0 if it does not say. */
  readonly startedAt: number;
}

let cached: WriterIdentity | undefined;

/** This process. */
export function ownIdentity(): WriterIdentity {
  cached ??= { place: readPlace(), pid: process.pid, startedAt: readStart(process.pid) ?? 0 };
  return cached;
}

/** `dead` and `alive` are certain; `elsewhere` is a process that this one cannot see. */
export function stateOf(writer: WriterIdentity): 'dead' | 'alive' | 'elsewhere' {
  if (writer.place !== ownIdentity().place) return 'elsewhere';
  try {
    process.kill(writer.pid, 0);
  } catch (error) {
    // EPERM: there is such a process, but it belongs to another user.
    if (systemCodeOf(error) === 'ESRCH') return 'dead';
  }
  const startedAt = readStart(writer.pid);
  // The id has been reused by another process. Without both times nothing is certain, so the writer counts as alive.
  return startedAt && writer.startedAt && startedAt !== writer.startedAt ? 'dead' : 'alive';
}

function readPlace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const namespace = readlinkSync('/proc/self/ns/pid');
    return createHash('sha256').update(`${boot} ${namespace} ${hostname()}`).digest('hex').slice(0, 12);
  } catch {
    return randomBytes(6).toString('hex');
  }
}

function readStart(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name, in parentheses, may contain anything; the start time is the 20th field after it.
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    return Number.isFinite(ticks) ? ticks : undefined;
  } catch {
    return undefined;
  }
}
