/** The source of the builds: the worker's bundle, and the certificates that databases are checked against. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { HoldfastError } from '../../core/errors.js';

export interface WorkerAssetProps {
  /** Directory that holds `holdfast.mjs`. */
  readonly bundle: string;
  /** Files named by `sslrootcert`; those that are not here are taken to be in the builds' image. */
  readonly certificates: readonly string[];
}

export class WorkerAsset extends Construct {
  readonly asset: Asset;
  readonly #places: ReadonlyMap<string, string>;

  /** @throws HoldfastError CONFIG_INVALID when there is no bundle */
  constructor(scope: Construct, id: string, { bundle, certificates }: WorkerAssetProps) {
    super(scope, id);
    if (!existsSync(path.join(bundle, 'holdfast.mjs'))) {
      throw new HoldfastError(
        'CONFIG_INVALID',
        `The directory of the worker's bundle, ${bundle}, has no holdfast.mjs.`,
        {
          hint: 'Build it with `npm run build`.',
        },
      );
    }
    const staging = mkdtempSync(path.join(tmpdir(), 'holdfast-worker-'));
    try {
      cpSync(bundle, staging, { recursive: true });
      this.#places = copyCertificates(certificates, staging);
      // Copied into the assembly at once: the staging directory is no longer needed.
      this.asset = new Asset(this, 'Source', { path: staging });
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  }

  /** Where a build finds a certificate file: beside `holdfast.mjs`, or where the image has it. */
  placeOf(certificate: string | undefined): string | undefined {
    return certificate === undefined ? undefined : (this.#places.get(certificate) ?? certificate);
  }
}

/** Named after their contents: two databases may use the same name for different files. */
function copyCertificates(files: readonly string[], staging: string): Map<string, string> {
  const places = new Map<string, string>();
  for (const file of files) {
    if (places.has(file) || !existsSync(file)) continue;
    const contents = readFileSync(file);
    const place = `certificates/${createHash('sha256').update(contents).digest('hex').slice(0, 16)}.pem`;
    mkdirSync(path.join(staging, 'certificates'), { recursive: true });
    writeFileSync(path.join(staging, place), contents);
    places.set(file, `./${place}`);
  }
  return places;
}
