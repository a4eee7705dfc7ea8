import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraSupportedVersion = defineControl({
  id: 'aurora-supported-version',
  title: 'The engine is in standard support, and no minor with a known hole.',
  severity: 'high',
  references: { pci: ['6.3.3'], runbook: ['2.1', '2.2'], knownAs: ['CKV_AWS_388 in part'] },
  remediation: 'Upgrade to a supported major and its newest minor.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    const version = valueOf(cluster.engineVersion);
    const [major = 0, minor] = (version ?? '').split('.').map(Number);
    if (version === undefined) yield 'No engine version is set: AWS chooses the major.';
    else if (major < OLDEST_SUPPORTED) yield `Version ${version} is in paid Extended Support, or out of support.`;
    // Without a minor, AWS takes its preferred one, which is patched.
    else if (minor !== undefined && minor < (FIRST_PATCHED[major] ?? 0)) yield `Version ${version} has CVE-2024-10979.`;
  },
});

/** 13 has been in paid Extended Support since 2026-02-28. */
const OLDEST_SUPPORTED = 14;

/** The first minors without CVE-2024-10979 (PL/Perl lets users set the environment of the server), by major. */
const FIRST_PATCHED: Readonly<Record<number, number>> = { 14: 14, 15: 9, 16: 5, 17: 1 };
