/** The frameworks whose requirements the controls answer: data, from which the documentation is generated. */
import { CIS_REQUIREMENTS } from './cis.js';
import type { FrameworkInfo } from './framework.js';
import { ISO_REQUIREMENTS } from './iso.js';
import { NIST_REQUIREMENTS } from './nist.js';
import { PCI_REQUIREMENTS } from './pci.js';
import { SOC2_REQUIREMENTS } from './soc2.js';

/** Of checks for the same settings, where there is one; the rest is by the wording of the requirements. */
const MAPPINGS = "Prowler's compliance mappings, release 5.46.0, read on 2026-11-30";
const OF_SETTINGS = 'those that settings of AWS can answer';

export const FRAMEWORKS: readonly FrameworkInfo[] = [
  {
    key: 'pci',
    name: 'PCI DSS',
    version: 'v4.0.1',
    source: `${MAPPINGS}, and the related requirements of AWS Security Hub`,
    scope: OF_SETTINGS,
    requirements: PCI_REQUIREMENTS,
  },
  {
    key: 'soc2',
    name: 'SOC 2',
    version: 'TSC 2017, points of focus revised in 2022',
    source: MAPPINGS,
    scope: OF_SETTINGS,
    requirements: SOC2_REQUIREMENTS,
  },
  {
    key: 'nist',
    name: 'NIST SP 800-53',
    version: 'Rev. 5',
    source: MAPPINGS,
    scope: OF_SETTINGS,
    requirements: NIST_REQUIREMENTS,
  },
  {
    key: 'cis',
    name: 'CIS AWS Foundations Benchmark',
    version: 'v5.0.0',
    source: MAPPINGS,
    scope: 'all',
    requirements: CIS_REQUIREMENTS,
  },
  {
    key: 'iso',
    name: 'ISO/IEC 27001',
    version: '2022, Annex A',
    source: MAPPINGS,
    scope: OF_SETTINGS,
    requirements: ISO_REQUIREMENTS,
  },
];
