import { isPostgres } from '../../aurora-engine.js';
import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraSupportedVersion = defineControl({
  id: 'aurora-supported-version',
  title: 'The engine version is in standard support and not affected by CVE-2024-10979.',
  severity: 'high',
  references: { pci: ['6.3.3'], runbook: ['2.1', '2.2'], knownAs: ['CKV_AWS_388 in part'] },
  remediation: 'Upgrade to a supported major version and its newest minor version.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: isPostgres,
  *check(cluster, context) {
    const version = valueOf(cluster.engineVersion);
    if (version === undefined) {
      yield 'No engine version is set, so AWS chooses the major version.';
      return;
    }
    const [major = 0, minor] = version.split('.').map(Number);
    const end = STANDARD_SUPPORT_ENDS[major];
    if (end === undefined ? major < OLDEST_KNOWN : context.facts.readAt >= new Date(end))
      yield `Version ${version} is out of standard support${end === undefined ? '' : ` since ${end}`}.`;
    // Without a minor, AWS takes its preferred one, which is patched.
    else if (minor !== undefined && minor < (FIRST_PATCHED[major] ?? 0))
      yield `Version ${version} is affected by CVE-2024-10979.`;
  },
});

/** When paid Extended Support begins, by major. Later ones than those listed are in standard support. */
const STANDARD_SUPPORT_ENDS: Readonly<Record<number, string>> = { 13: '2026-02-28', 14: '2027-02-28' };
const OLDEST_KNOWN = 13;

/** The first minors without CVE-2024-10979 (PL/Perl lets users set the environment of the server), by major. */
const FIRST_PATCHED: Readonly<Record<number, number>> = { 14: 14, 15: 9, 16: 5, 17: 1 };
