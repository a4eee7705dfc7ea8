/**
 * What can keep restored code from the rest of the machine, under the names used in proofs and documents.
 *
 * - `seccomp`: AF_UNIX sockets only, none of them connected by the server, and no system call that gets around that.
 * - `landlock`: no files except the system's programs and the drill's own, no process outside the drill.
 * - `own-user`: operating system users that exist only for this drill; all their processes are killed at its end.
 * - `network-namespace`: a separate network with nothing in it.
 */
export const MEASURES = ['seccomp', 'landlock', 'own-user', 'network-namespace'] as const;
export type Measure = (typeof MEASURES)[number];

/** `required`: fail without it. `preferred`: as far as the machine can. `none`: not at all. */
export type ConfinementWish = 'required' | 'preferred' | 'none';
