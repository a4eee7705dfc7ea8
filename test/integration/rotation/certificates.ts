/** Certificates of a test: two authorities, and a server that the first one vouches for. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

/** Paths of files in PEM. */
export interface Certificates {
  readonly authority: string;
  readonly otherAuthority: string;
  /** Of `localhost`, by the first authority. */
  readonly certificate: string;
  readonly key: string;
}

/** @throws Error with openssl's words, or that it is missing */
export function makeCertificates(): Certificates {
  const directory = temporaryDirectory();
  const file = (name: string) => join(directory, name);
  const openssl = (...args: readonly string[]) => {
    const result = spawnSync('openssl', args, { encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`This test needs openssl: ${result.error?.message ?? result.stderr}`);
  };
  const request = (name: string, subject: string, ...more: readonly string[]) =>
    openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${subject}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.crt`), ...more],
    );
  request('authority', 'Authority of the tests');
  request('other', 'Another authority');
  const by = ['-CA', file('authority.crt'), '-CAkey', file('authority.key')];
  request('server', 'localhost', '-addext', 'subjectAltName=DNS:localhost', ...by);
  return {
    authority: file('authority.crt'),
    otherAuthority: file('other.crt'),
    certificate: file('server.crt'),
    key: file('server.key'),
  };
}
