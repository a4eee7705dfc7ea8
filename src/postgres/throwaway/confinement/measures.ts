/**
 * What can keep restored code from the rest of the machine, by the names that proofs and documents give it.
 *
 * - `seccomp`: AF_UNIX sockets only, none of them connected by the server, and no system call that gets around that.
 * - `landlock`: no files but the system's programs and the drill's own, no process outside of the drill.
 * - `own-user`: users of the operating system that exist for this drill alone, of which all processes are killed at its end.
 * - `network-namespace`: a network of its own, with nothing in it.
 */
export const MEASURES = ['seccomp', 'landlock', 'own-user', 'network-namespace'] as const;
export type Measure = (typeof MEASURES)[number];

/** `required`: fail without. `preferred`: as far as the machine can. `none`: not at all. */
export type ConfinementWish = 'required' | 'preferred' | 'none';
