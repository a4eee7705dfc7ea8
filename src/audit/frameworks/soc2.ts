/** Trust services criteria that settings of AWS can answer: those about governance and people are left out. In our words. */
import type { Requirement } from './framework.js';

export const SOC2_REQUIREMENTS: readonly Requirement[] = [
  { id: 'CC6.1', title: 'Logical access to protected information is restricted' },
  { id: 'CC6.2', title: 'Users are registered and authorized before they get credentials' },
  { id: 'CC6.3', title: 'Access follows roles, least privilege and separation of duties' },
  { id: 'CC6.6', title: 'The boundary of the system is protected from outside' },
  { id: 'CC6.7', title: 'Information is protected while it is transmitted, moved and removed' },
  { id: 'CC6.8', title: 'Unauthorized or malicious software is prevented or detected' },
  { id: 'CC7.1', title: 'Changes that bring vulnerabilities in are detected' },
  { id: 'CC7.2', title: 'Components are monitored for anomalies' },
  { id: 'CC7.3', title: 'Security events are evaluated' },
  { id: 'CC7.4', title: 'Incidents are responded to' },
  { id: 'CC7.5', title: 'The system recovers from incidents' },
  { id: 'CC8.1', title: 'Changes are authorized, tested and approved' },
  { id: 'A1.1', title: 'Capacity is monitored and managed' },
  { id: 'A1.2', title: 'Backups, recovery infrastructure and redundancy meet the objectives' },
  { id: 'A1.3', title: 'Recovery procedures are tested' },
  { id: 'C1.1', title: 'Confidential information is identified and kept' },
  { id: 'C1.2', title: 'Confidential information is disposed of' },
  { id: 'PI1.5', title: 'Stored data stays complete, accurate and unmodified' },
];
