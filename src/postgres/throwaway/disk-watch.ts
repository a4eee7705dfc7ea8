/** Ends a drill before it fills the disk that the rest of the machine uses. */
import { statfs } from 'node:fs/promises';
import { MIB, formatMebibytes } from '../../core/amounts.js';
import { HoldfastError } from '../../core/errors.js';

const POLL_MS = 200;
/** The share of the whole disk and the upper limit: what a machine needs to carry on and to report what happened. */
const RESERVE = { share: 0.05, most: 512 * MIB };

export interface DiskWatch {
  /** Aborted with THROWAWAY_DISK_FULL when less is left than the reserve. */
  readonly signal: AbortSignal;
  stop(): void;
}

/**
 * Watches the disk of `directory` until it is stopped.
 *
 * @param reserveBytes how much must stay free; @default a twentieth of the disk, at most 512 MiB, and at most half of
 *   what is free
 */
export async function watchDisk(directory: string, reserveBytes?: number): Promise<DiskWatch> {
  const controller = new AbortController();
  const reserve = reserveBytes ?? (await defaultReserve(directory));
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async () => {
    // A directory that was removed is no longer watched.
    const left = await freeBytes(directory).catch(() => Number.POSITIVE_INFINITY);
    if (stopped) return;
    if (left < reserve) return controller.abort(full(directory, left, reserve));
    timer = setTimeout(() => void look(), POLL_MS);
    timer.unref();
  };
  await look();
  return {
    signal: controller.signal,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** A disk that is nearly full from the start is still good enough for a small drill. */
async function defaultReserve(directory: string): Promise<number> {
  const { blocks, bavail, bsize } = await statfs(directory);
  return Math.min(blocks * bsize * RESERVE.share, RESERVE.most, (bavail * bsize) / 2);
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

function full(directory: string, left: number, reserve: number): HoldfastError {
  return new HoldfastError(
    'THROWAWAY_DISK_FULL',
    `The disk of the throwaway server in ${directory} is nearly full: ${formatMebibytes(left)} are left, but ${formatMebibytes(reserve)} must stay free. The drill was ended and removed.`,
  );
}
