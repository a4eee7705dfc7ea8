import { readdirSync, readFileSync } from 'node:fs';

/**
 * Kills the child processes of this one. Left alone are servers, which their watchdogs end in order, and processes
 * in a session of their own, which is what watchdogs are. Where /proc is missing nothing is killed: the children end
 * by themselves, when their pipes close.
 */
export function killChildren(): void {
  const own = readStat(process.pid);
  if (!own) return;
  for (const name of readProcesses()) {
    const stat = readStat(Number(name));
    if (stat?.parent !== process.pid || stat.session !== own.session || stat.command === 'postgres') continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

function readProcesses(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

interface ProcessStat {
  readonly command: string;
  readonly parent: number;
  readonly session: number;
}

/** `pid (command) state ppid pgrp session …`; a command may itself hold spaces and parentheses. */
function readStat(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const [, parent, , session] = text.slice(end + 2).split(' ');
    return { command: text.slice(text.indexOf('(') + 1, end), parent: Number(parent), session: Number(session) };
  } catch {
    return undefined;
  }
}
