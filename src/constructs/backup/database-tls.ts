/** How a build's connection to its database is secured where the config does not say it. */
import { parseConnectionUrl } from '../../syntax/libpq/connection-url.js';
import type { BackupDatabase } from './backup-database.js';
import type { BuildImage } from './build-spec.js';

/** libpq's settings, as a config has them. */
export interface DatabaseTls {
  readonly sslmode?: BackupDatabase['sslmode'];
  readonly sslrootcert?: string | undefined;
}

/** In China the service comes before the Region. */
const RDS_HOST = /\.(?:rds\.amazonaws\.com|rds\.cn-[a-z]+-\d\.amazonaws\.com\.cn)$/i;

/**
 * libpq prefers TLS but connects without it too; RDS and Aurora always have it. So there it is required, and the server
 * is verified where the build has the authorities: those of `sslrootcert`, or of the image that is built for it.
 *
 * @param sslrootcert where the build finds the file that the config names
 */
export function databaseTls(
  database: Pick<BackupDatabase, 'url' | 'host' | 'sslmode' | 'inDataLayer'>,
  image: BuildImage,
  sslrootcert: string | undefined,
): DatabaseTls {
  const url = database.url === undefined ? undefined : parseConnectionUrl(database.url);
  const written = database.sslmode ?? url?.parameters.sslmode;
  const host = database.host ?? url?.host ?? '';
  if (written !== undefined || !(database.inDataLayer || RDS_HOST.test(host))) {
    return { sslmode: database.sslmode, sslrootcert };
  }
  if (sslrootcert !== undefined || url?.parameters.sslrootcert !== undefined) {
    return { sslmode: 'verify-full', sslrootcert };
  }
  if (image.authorities !== undefined) return { sslmode: 'verify-full', sslrootcert: image.authorities };
  return { sslmode: 'require' };
}
