/**
 * The system calls of a drill, as a seccomp program in classic BPF: AF_UNIX sockets and no other networking, and no
 * call that would get around that or the kernel's other limits, or reach another process.
 */

/** A machine that the filter is written for, with the system call numbers for the launcher. */
export interface Machine {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly audit: number;
  /** Numbers from here on belong to another ABI of the same processor (x32). */
  readonly foreignFrom: number | undefined;
  readonly calls: Readonly<Record<CallName, number>>;
}

/** The server accepts connections but makes none, so sockets of other services are out of reach too. */
export type Side = 'server' | 'client';

/** Name, number on x86_64, number on aarch64 (asm-generic); -1 where a machine has no such call. */
const NUMBERS = [
  ['socket', 41, 198],
  ['socketpair', 53, 199],
  ['connect', 42, 203],
  ['sendto', 44, 206],
  ['sendmsg', 46, 211],
  ['sendmmsg', 307, 269],
  ['recvmsg', 47, 212],
  ['recvmmsg', 299, 243],
  ['clone', 56, 220],
  ['clone3', 435, 435],
  ['ioctl', 16, 29],
  ['io_uring_setup', 425, 425],
  ['io_uring_enter', 426, 426],
  ['io_uring_register', 427, 427],
  ['ptrace', 101, 117],
  ['process_vm_readv', 310, 270],
  ['process_vm_writev', 311, 271],
  ['process_madvise', 440, 440],
  ['pidfd_getfd', 438, 438],
  ['kcmp', 312, 272],
  ['add_key', 248, 217],
  ['request_key', 249, 218],
  ['keyctl', 250, 219],
  ['bpf', 321, 280],
  ['perf_event_open', 298, 241],
  ['userfaultfd', 323, 282],
  ['mount', 165, 40],
  ['umount2', 166, 39],
  ['pivot_root', 155, 41],
  ['chroot', 161, 51],
  ['open_tree', 428, 428],
  ['open_tree_attr', 467, 467],
  ['move_mount', 429, 429],
  ['fsopen', 430, 430],
  ['fsconfig', 431, 431],
  ['fsmount', 432, 432],
  ['fspick', 433, 433],
  ['mount_setattr', 442, 442],
  ['unshare', 272, 97],
  ['setns', 308, 268],
  ['open_by_handle_at', 304, 265],
  ['syslog', 103, 116],
  ['init_module', 175, 105],
  ['finit_module', 313, 273],
  ['kexec_load', 246, 104],
  ['kexec_file_load', 320, 294],
  ['modify_ldt', 154, -1],
  // What only the launcher calls, before the filter is installed.
  ['prctl', 157, 167],
  ['prlimit64', 302, 261],
  ['setgroups', 116, 159],
  ['setresgid', 119, 149],
  ['setresuid', 117, 147],
  ['close_range', 436, 436],
  ['landlock_create_ruleset', 444, 444],
  ['landlock_add_rule', 445, 445],
  ['landlock_restrict_self', 446, 446],
  ['pidfd_open', 434, 434],
  ['pidfd_send_signal', 424, 424],
] as const;

type CallName = (typeof NUMBERS)[number][0];

function column(machine: 0 | 1): Record<CallName, number> {
  return Object.fromEntries(NUMBERS.map(([name, ...numbers]) => [name, numbers[machine]])) as Record<CallName, number>;
}

/** By Node's `process.arch`. Both are little-endian, which the offsets below rely on. */
export const MACHINES: Readonly<Partial<Record<string, Machine>>> = {
  x64: { audit: 0xc000003e, foreignFrom: 0x40000000, calls: column(0) },
  arm64: { audit: 0xc00000b7, foreignFrom: undefined, calls: column(1) },
};

/** As if the kernel did not have them: callers then use another way (glibc forks by clone, liburing gives up). */
const ABSENT: readonly CallName[] = ['clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'];

/** Descriptors in messages could be sockets that somebody else has opened. */
const NO_MESSAGES: readonly CallName[] = ['sendmsg', 'sendmmsg', 'recvmsg', 'recvmmsg'];

const FORBIDDEN: readonly CallName[] = [
  // Other processes and their descriptors.
  ...(['ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'pidfd_getfd', 'kcmp'] as const),
  ...(['add_key', 'request_key', 'keyctl'] as const),
  // Large parts of the kernel that no database needs.
  ...(['bpf', 'perf_event_open', 'userfaultfd', 'modify_ldt', 'syslog'] as const),
  ...(['init_module', 'finit_module', 'kexec_load', 'kexec_file_load'] as const),
  // Another view of the file system or of the network.
  ...(['mount', 'umount2', 'pivot_root', 'chroot', 'open_tree', 'open_tree_attr', 'move_mount'] as const),
  ...(['fsopen', 'fsconfig', 'fsmount', 'fspick', 'mount_setattr', 'unshare', 'setns', 'open_by_handle_at'] as const),
];

const AF_UNIX = 1;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e020000;
/** Injects input into somebody's terminal. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

const [EPERM, EACCES, ENOSYS] = [1, 13, 38] as const;

const ALLOW = ret(0x7fff0000);
const KILL = ret(0x80000000);

/** The program for `PR_SET_SECCOMP`: an array of `struct sock_filter`. */
export function seccompFilter({ audit, foreignFrom, calls }: Machine, side: Side): Buffer {
  const when = (name: CallName, ...body: Buffer[]) => [jumpIf('eq', calls[name], 0, body.length), ...body];
  const refuse = (errno: number, names: readonly CallName[]) =>
    names.filter((name) => calls[name] >= 0).flatMap((name) => when(name, fail(errno)));
  const onlyUnix = [load(argument(0)), jumpIf('eq', AF_UNIX, 0, 1), ALLOW, fail(EACCES)];
  return Buffer.concat([
    load(ARCHITECTURE),
    jumpIf('eq', audit, 1, 0),
    KILL,
    load(NUMBER),
    ...(foreignFrom === undefined ? [] : [jumpIf('ge', foreignFrom, 0, 1), KILL]),
    ...when('socket', ...onlyUnix),
    ...when('socketpair', ...onlyUnix),
    ...(side === 'server' ? refuse(EACCES, ['connect']) : []),
    // With an address, it combines connect and send.
    ...when(
      'sendto',
      load(argument(4)),
      jumpIf('eq', 0, 0, 2),
      load(argument(4) + 4),
      jumpIf('eq', 0, 1, 0),
      fail(EACCES),
      ALLOW,
    ),
    ...when('clone', load(argument(0)), jumpIf('set', NEW_NAMESPACES, 0, 1), fail(EPERM), ALLOW),
    ...when('ioctl', load(argument(1)), jumpIf('eq', TIOCSTI, 1, 0), jumpIf('eq', TIOCLINUX, 0, 1), fail(EPERM), ALLOW),
    ...refuse(EACCES, NO_MESSAGES),
    ...refuse(ENOSYS, ABSENT),
    ...refuse(EPERM, FORBIDDEN),
    ALLOW,
  ]);
}

/** Offsets in `struct seccomp_data`. */
const NUMBER = 0;
const ARCHITECTURE = 4;
function argument(index: number): number {
  return 16 + 8 * index;
}

/** BPF_LD | BPF_W | BPF_ABS: 32 bits of the call's data. */
function load(offset: number): Buffer {
  return instruction(0x20, 0, 0, offset);
}

/** BPF_JMP with a constant: skips the given number of instructions when it holds, or when it does not. */
function jumpIf(test: 'eq' | 'ge' | 'set', value: number, whenTrue: number, whenFalse: number): Buffer {
  return instruction({ eq: 0x15, ge: 0x35, set: 0x45 }[test], whenTrue, whenFalse, value);
}

function ret(value: number): Buffer {
  return instruction(0x06, 0, 0, value);
}

/** SECCOMP_RET_ERRNO. */
function fail(errno: number): Buffer {
  return ret(0x00050000 | errno);
}

function instruction(code: number, whenTrue: number, whenFalse: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(whenTrue, 2);
  bytes.writeUInt8(whenFalse, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
}
