/** Frameworks that auditors hold an account against, each with its requirements. */

export interface Requirement {
  /** As its framework has it: `3.5.1`, `CC6.1`, `SC-28(1)`, `A.8.24`. */
  readonly id: string;
  /** What it is about, in a few words. */
  readonly title: string;
}

/** The keys under which controls refer to frameworks. */
export const FRAMEWORK_KEYS = ['pci', 'soc2', 'nist', 'cis', 'iso'] as const;
export type FrameworkKey = (typeof FRAMEWORK_KEYS)[number];

export interface FrameworkInfo {
  readonly key: FrameworkKey;
  readonly name: string;
  /** The edition that requirements are numbered by. */
  readonly version: string;
  /** Where the mapping of controls to requirements is from, and when it was read. */
  readonly source: string;
  /** Which of its requirements are listed. */
  readonly scope: string;
  readonly requirements: readonly Requirement[];
}
