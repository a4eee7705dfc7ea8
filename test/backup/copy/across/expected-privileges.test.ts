import { describe, expect, it } from 'vitest';
import type { CatalogObject, Privilege } from '../../../../src/backup/copy/across/catalog-objects.js';
import { DumpedPrivileges } from '../../../../src/backup/copy/across/expected-privileges.js';

/** As `readDefaults` reads them of a server: the owner is `''`. */
const own = (privilege: string): Privilege => ({ grantor: '', grantee: '', privilege, grantable: false });
const DEFAULTS = new Map<string, readonly Privilege[]>([
  ['r', ['SELECT', 'INSERT', 'MAINTAIN'].map(own)],
  ['f', [own('EXECUTE'), { ...own('EXECUTE'), grantee: undefined }]],
]);

function object(target: string, more: Partial<CatalogObject> = {}): CatalogObject {
  const none = { column: null, acl: null, initial: null, dumped: true };
  return { type: 'TABLE', schema: 's', name: 'x', target, owner: 'app', kind: 'r', ...none, ...more };
}

function given(statements: readonly string[], of: CatalogObject): string[] {
  const dumped = new DumpedPrivileges();
  for (const statement of statements) dumped.add(statement);
  expect(dumped.unread).toBe(0);
  return [...dumped.of(of, DEFAULTS)].sort();
}

const OWNER = ['INSERT', 'MAINTAIN', 'SELECT'].map((privilege) => `app may ${privilege}, given by app`);

describe('15.2: what the statements of a dump give, on what the server of the copy gives by itself', () => {
  it('without a word on an object is what its kind has by default', () => {
    expect(given([], object('TABLE s.x'))).toEqual(OWNER);
    expect(given([], object('FUNCTION s.f(integer)', { kind: 'f' }))).toEqual([
      'PUBLIC may EXECUTE, given by app',
      'app may EXECUTE, given by app',
    ]);
  });

  it('takes ALL for all that there is on this server, and lists for what they list', () => {
    expect(
      given(
        ['GRANT ALL ON TABLE s.x TO r;', 'GRANT SELECT,INSERT ON TABLE s.x TO q WITH GRANT OPTION;'],
        object('TABLE s.x'),
      ),
    ).toEqual(
      [
        ...OWNER,
        ...['INSERT', 'SELECT'].map((privilege) => `q may ${privilege} and pass it on, given by app`),
        ...['INSERT', 'MAINTAIN', 'SELECT'].map((privilege) => `r may ${privilege}, given by app`),
      ].sort(),
    );
  });

  it('takes back, and gives for others, under whatever quotes either side writes', () => {
    const statements = [
      'REVOKE ALL ON FUNCTION s."f"(a integer) FROM PUBLIC;',
      'GRANT ALL ON FUNCTION s.f(a integer) TO "group" WITH GRANT OPTION;',
      'SET SESSION AUTHORIZATION "group";',
      'GRANT ALL ON FUNCTION s.f(a integer) TO "R ""1""";',
      'RESET SESSION AUTHORIZATION;',
      'REVOKE GRANT OPTION FOR ALL ON FUNCTION s.f(a integer) FROM "group";',
    ];
    expect(given(statements, object('FUNCTION s.f(a integer)', { kind: 'f' }))).toEqual([
      'R "1" may EXECUTE, given by group',
      'app may EXECUTE, given by app',
      'group may EXECUTE, given by app',
    ]);
  });

  it('tells the privileges of columns from those of their table', () => {
    const statements = ['GRANT SELECT("a b"),ALL(c) ON TABLE s.x TO r;', 'GRANT INSERT ON TABLE s.x TO r;'];
    const column = (name: string) => object('TABLE s.x', { type: '', column: name, kind: 'c' });
    expect(given(statements, column('a b'))).toEqual(['r may SELECT, given by app']);
    expect(given(statements, column('c'))).toHaveLength(4);
    expect(given(statements, object('TABLE s.x'))).toEqual([...OWNER, 'r may INSERT, given by app'].sort());
  });

  it('adds to what a server or an extension gave, which follows the owner', () => {
    const initial = [{ grantor: 'first', grantee: undefined, privilege: 'SELECT', grantable: false }];
    expect(given(['GRANT INSERT ON TABLE s.x TO r;'], object('TABLE s.x', { initial }))).toEqual([
      'PUBLIC may SELECT, given by app',
      'r may INSERT, given by app',
    ]);
  });

  it('reads default privileges, of all schemas on top of what a kind has, and of one by themselves', () => {
    const dumped = new DumpedPrivileges();
    dumped.add('ALTER DEFAULT PRIVILEGES FOR ROLE app REVOKE ALL ON FUNCTIONS FROM PUBLIC;');
    dumped.add('ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA "S x" GRANT SELECT ON TABLES TO PUBLIC;');
    expect(dumped.defaultPrivileges(DEFAULTS)).toEqual(
      new Map([
        ['app\0\0f', new Set(['app may EXECUTE, given by app'])],
        ['app\0S x\0r', new Set(['PUBLIC may SELECT, given by app'])],
      ]),
    );
  });

  it('counts what it cannot read, rather than pass over it', () => {
    const dumped = new DumpedPrivileges();
    dumped.add('GRANT SELECT TO r;');
    dumped.add("SELECT pg_catalog.set_config('a', 'b', false);");
    expect(dumped.unread).toBe(2);
  });
});
