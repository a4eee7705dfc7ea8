import { describe, expect, it } from 'vitest';
import { parseUser } from '../../../src/postgres/throwaway/os-user.js';

const PASSWD = [
  'root:x:0:0:root:/root:/bin/bash',
  'nobodyelse:x:7:7::/:/bin/false',
  'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin',
].join('\n');

describe('the user in a passwd file', () => {
  it('is found by its whole name', () => {
    expect(parseUser(PASSWD, 'nobody')).toEqual({ uid: 65534, gid: 65533 });
    expect(parseUser(PASSWD, 'nobod')).toBeUndefined();
  });

  it('is taken as the kernel counts when its ids are negative, as on macOS', () => {
    expect(parseUser('nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false', 'nobody')).toEqual({
      uid: 4294967294,
      gid: 4294967294,
    });
  });

  it.each(['nobody:x:0:0::/:', 'nobody:x:7:0::/:', 'nobody:x::7::/:', 'nobody', ''])(
    'is refused when it is root or damaged: %j',
    (passwd) => {
      expect(parseUser(passwd, 'nobody')).toBeUndefined();
    },
  );
});
