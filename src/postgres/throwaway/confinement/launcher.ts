/**
 * The program that confines itself and becomes another: in Perl, because that is what a plain system has (Debian's
 * perl-base is essential) that can make arbitrary system calls. See docs/decisions/0016-confined-drills.md.
 */

/**
 * Arguments: what to do; the numbers of the system calls; uid and gid to become (0: stay); the most processes of that
 * user (0: no limit); a letter for each further measure; the seccomp program in hex; the Landlock rules as
 * `bits:path`; `--`; the command.
 *
 * - `exec` becomes the command.
 * - `supervise` starts it as a child, ends it on SIGQUIT or SIGTERM, kills whatever it left behind, and ends as it did.
 * - `probe` prints one word for each measure that works here.
 *
 * Measures: `l` Landlock, `n` separate namespaces for the network and System V IPC.
 */
export const LAUNCHER = String.raw`
use strict;
use POSIX ();
my ($mode, $numbers, $uid, $gid, $processes, $measures, $filter) = splice @ARGV, 0, 7;
my %number = map { split /=/ } split /,/, $numbers;
my @rules;
while (@ARGV) { my $rule = shift @ARGV; last if $rule eq '--'; push @rules, $rule; }
my $supervisor = 0;

sub call { my ($name, @given) = @_; return syscall($number{$name} + 0, @given); }
sub fail { print STDERR "holdfast-confine: $_[0]: $!\n"; POSIX::_exit(125); }

# Landlock's own list of what it handles, by its version.
sub landlock {
  my $version = call('landlock_create_ruleset', 0, 0, 1);
  return 0 if $version < 1;
  my $handled = (1 << 13) - 1;
  $handled |= 1 << 13 if $version >= 2;
  $handled |= 1 << 14 if $version >= 3;
  $handled |= 1 << 15 if $version >= 5;
  # TCP ports: none. Abstract sockets and signals: inside alone.
  my $ruleset_of = pack 'QQQ', $handled, ($version >= 4 ? 3 : 0), ($version >= 6 ? 3 : 0);
  my $size = $version >= 6 ? 24 : $version >= 4 ? 16 : 8;
  my $ruleset = call('landlock_create_ruleset', $ruleset_of, $size, 0);
  return 0 if $ruleset < 0;
  for my $rule (@rules) {
    my ($bits, $path) = $rule =~ /^(\d+):(.*)$/s or next;
    # O_PATH | O_CLOEXEC
    sysopen my $place, $path, 0x200000 | 0x80000 or next;
    my $allowed = $bits & $handled;
    $allowed &= 0xc007 unless -d $path;
    my $rule_of = pack 'Ql', $allowed, fileno $place;
    call('landlock_add_rule', $ruleset, 1, $rule_of, 0) == 0 or return 0;
  }
  my $done = call('landlock_restrict_self', $ruleset, 0) == 0;
  POSIX::close($ruleset);
  return $done;
}

sub seccomp {
  my $program = pack 'H*', $filter;
  my $header = pack 'S x6 P', length($program) / 8, $program;
  return call('prctl', 22, 2, $header, 0, 0) == 0;
}

sub close_inherited {
  return if call('close_range', 3, 0xffffffff, 0) == 0;
  opendir my $list, '/proc/self/fd' or fail('closing inherited files');
  my @open = grep { /^\d+$/ && $_ > 2 } readdir $list;
  closedir $list;
  POSIX::close($_) for @open;
}

sub new_namespaces { return call('unshare', 0x40000000 | 0x08000000) == 0; }

sub become {
  my ($to, $group) = @_;
  return call('setgroups', 0, 0) == 0
    && call('setresgid', $group + 0, $group + 0, $group + 0) == 0
    && call('setresuid', $to + 0, $to + 0, $to + 0) == 0
    && $< == $to && $> == $to;
}

sub limit { my ($which, $most) = @_; my $new = pack 'QQ', $most, $most; return call('prlimit64', 0, $which, $new, 0) == 0; }

sub confine {
  close_inherited();
  if ($measures =~ /n/) { new_namespaces() or fail('making a network of its own'); }
  # No dumps of memory; and where memory runs out, this is what has to go.
  limit(4, 0) or fail('limiting core dumps');
  if (open my $score, '>', '/proc/self/oom_score_adj') { print $score 1000; close $score; }
  if ($processes > 0) { limit(6, $processes + 0) or fail('limiting processes'); }
  chdir '/' or fail('leaving the directory');
  umask 077;
  if ($uid > 0) { become($uid, $gid) or fail("becoming user $uid"); }
  if ($supervisor) {
    # Nothing of it may outlive the one that cleans up behind it.
    call('prctl', 1, 9, 0, 0, 0) == 0 or fail('following the supervisor');
    POSIX::_exit(125) if getppid() != $supervisor;
  }
  call('prctl', 38, 1, 0, 0, 0) == 0 or fail('giving up new privileges');
  if ($measures =~ /l/) { landlock() or fail('limiting files by Landlock'); }
  if ($filter ne '') { seccomp() or fail('limiting system calls by seccomp'); }
  exec { $ARGV[0] } @ARGV or fail($ARGV[0]);
}

# All processes below this one. As a subreaper it is the parent of those whose own has ended.
sub descendants {
  my %parent;
  opendir my $list, '/proc' or return ();
  for my $pid (grep { /^\d+$/ } readdir $list) {
    open my $stat, '<', "/proc/$pid/stat" or next;
    my $line = <$stat>;
    close $stat;
    $parent{$pid} = $1 if defined $line && $line =~ /^.*\) \S (\d+) /s;
  }
  closedir $list;
  my (@found, %seen);
  for my $pid (keys %parent) {
    my ($above, $steps) = ($pid, 0);
    while (defined $above && $above > 1 && $above != $$ && $steps++ < 10000) { $above = $parent{$above}; }
    push @found, $pid if $pid != $$ && defined $above && $above == $$;
  }
  return @found;
}

sub supervise {
  call('prctl', 36, 1, 0, 0, 0) == 0 or fail('adopting orphans');
  $supervisor = $$;
  my $child;
  my $asked = 0;
  $SIG{$_} = 'IGNORE' for qw(HUP INT PIPE);
  $SIG{$_} = sub { $asked = 1; kill 'QUIT', $child if $child; } for qw(QUIT TERM);
  $child = fork;
  defined $child or fail('forking');
  if ($child == 0) { $SIG{$_} = 'DEFAULT' for qw(HUP INT PIPE QUIT TERM); confine(); }
  kill 'QUIT', $child if $asked;
  my $status = 0;
  for (;;) {
    my $ended = waitpid -1, 0;
    if ($ended == $child) { $status = $?; last; }
    last if $ended == -1 && $!{ECHILD};
  }
  # Stopped first, so that what forks all the time does not outrun this.
  for (1 .. 200) {
    my @left = descendants() or last;
    kill 'STOP', @left;
    kill 'KILL', @left;
    1 while waitpid(-1, POSIX::WNOHANG()) > 0;
    select undef, undef, undef, 0.01;
  }
  if (my $signal = $status & 127) {
    # As it ended, but for the dump of memory that some signals make.
    limit(4, 0);
    my %name; @name{split ' ', '1 2 3 4 6 7 8 9 11 13 14 15'} = split ' ', 'HUP INT QUIT ILL ABRT BUS FPE KILL SEGV PIPE ALRM TERM';
    $SIG{$name{$signal}} = 'DEFAULT' if $name{$signal} && $signal != 9;
    kill $signal, $$;
    select undef, undef, undef, 1;
  }
  POSIX::_exit($status >> 8);
}

# Each measure is tried in a child, and looked at from inside: what a kernel says it has may be switched off.
sub works { my ($try) = @_; my $pid = fork; return 0 unless defined $pid;
  if ($pid == 0) { POSIX::_exit($try->() ? 0 : 1); }
  waitpid $pid, 0; return $? == 0; }

sub probe {
  my $no_privileges = sub { return call('prctl', 38, 1, 0, 0, 0) == 0 };
  print "seccomp\n" if works(sub {
    $no_privileges->() && seccomp() && call('socket', 2, 1, 0) == -1 && $!{EACCES} && call('socket', 1, 1, 0) >= 0;
  });
  @rules = ();
  print "landlock\n" if works(sub { $no_privileges->() && landlock() && !opendir(my $root, '/') && $!{EACCES}; });
  print "own-user\n" if $uid > 0 && works(sub { become($uid, $gid) });
  print "network-namespace\n" if $uid > 0 && works(sub { new_namespaces() });
}

use Errno ();
if ($mode eq 'probe') { probe(); } elsif ($mode eq 'supervise') { supervise(); } else { confine(); }
`;

/**
 * Kills every process of the given users until none is left. Arguments: the numbers of the system calls; the uids.
 *
 * Each is stopped before it is killed, because a stopped process keeps its slot in its user's process limit, so that
 * even one that forks all the time is brought to an end. A process is held by a descriptor and checked again before it
 * is signaled, because its number may have been reused.
 */
export const SWEEPER = String.raw`
use strict;
use POSIX ();
my ($numbers, @uids) = @ARGV;
my %number = map { split /=/ } split /,/, $numbers;
my %wanted = map { $_ => 1 } grep { /^\d+$/ && $_ > 0 } @uids;
sub belongs {
  open my $status, '<', "/proc/$_[0]/status" or return 0;
  my ($state, $mine) = ('', 0);
  while (my $line = <$status>) {
    $state = $1 if $line =~ /^State:\s+(\S)/;
    $mine = grep { $wanted{$_} } split ' ', $1 if $line =~ /^Uid:\s+(.*)$/;
  }
  close $status;
  return $mine && $state !~ /[ZX]/;
}
sub hit {
  my ($pid, $signal) = @_;
  my $handle = syscall($number{pidfd_open} + 0, $pid + 0, 0);
  return kill $signal, $pid if $handle < 0 && !$!{ESRCH} && belongs($pid);
  return if $handle < 0;
  syscall($number{pidfd_send_signal} + 0, $handle, $signal, 0, 0) if belongs($pid);
  POSIX::close($handle);
}
use Errno ();
for (1 .. 500) {
  opendir my $list, '/proc' or exit 1;
  my @found = grep { /^\d+$/ && belongs($_) } readdir $list;
  closedir $list;
  exit 0 unless @found;
  hit($_, 19) for @found;
  hit($_, 9) for @found;
  select undef, undef, undef, 0.01;
}
exit 1;
`;
