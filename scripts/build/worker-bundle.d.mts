import type { Metafile } from 'esbuild';

export function bundleWorker(root: string, outdir?: string): Promise<Metafile>;
