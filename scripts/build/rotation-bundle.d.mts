import type { Metafile } from 'esbuild';

export function bundleRotation(root: string, outdir?: string): Promise<Metafile>;
