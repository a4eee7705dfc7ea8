/**
 * The calls of ElastiCache that a rotation makes, carried out on a real Redis server: AUTH is the password of the
 * default user, ROTATE adds one and keeps the last, SET leaves one. As in AWS, changes take effect after a while, and
 * a second one meanwhile is refused.
 */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import type { RedisServer } from './redis-server.js';

export interface ElastiCacheStandIn {
  readonly client: ElastiCacheClient;
  /** The changes that were asked for: `ROTATE`, `SET`, `ModifyUser 2`. */
  readonly changes: readonly string[];
  /** The tags of the group and the user, by key. */
  readonly tags: Map<string, string>;
  /** Called when a tag has been added. */
  onTag: (() => void) | undefined;
  /** Makes this the one AUTH token, as if it had always been. */
  begin(token: string): Promise<void>;
  /** Refuses changes from now on, as without the permission. */
  refuse(refused: boolean): void;
  stop(): Promise<void>;
}

/** Milliseconds that a change takes. */
const DELAY = 60;

export async function startElastiCache(redis: RedisServer, user: string): Promise<ElastiCacheStandIn> {
  const tokens: string[] = [];
  const changes: string[] = [];
  const tags = new Map<string, string>();
  let refusing = false;
  let busy: string | undefined;
  const apply = async (name: string, passwords: readonly string[]) => {
    busy = name;
    await new Promise((resolve) => setTimeout(resolve, DELAY));
    const target = name === 'user' ? user : 'default';
    await redis.command('ACL', 'SETUSER', target, 'on', 'resetpass', ...passwords.map((one) => `>${one}`));
    busy = undefined;
  };
  const answer = (action: string, form: URLSearchParams): string => {
    switch (action) {
      case 'DescribeReplicationGroups':
        return `<ReplicationGroups><ReplicationGroup><ARN>arn:aws:elasticache:us-east-1:123456789012:replicationgroup:fintech-redis</ARN><Status>${busy ? 'modifying' : 'available'}</Status><PendingModifiedValues>${
          busy ? `<AuthTokenStatus>${busy}</AuthTokenStatus>` : ''
        }</PendingModifiedValues></ReplicationGroup></ReplicationGroups>`;
      case 'DescribeUsers':
        return `<Users><member><ARN>arn:aws:elasticache:us-east-1:123456789012:user:${user}</ARN><UserName>${user}</UserName><Status>${busy ? 'modifying' : 'active'}</Status></member></Users>`;
      case 'ModifyReplicationGroup': {
        const strategy = form.get('AuthTokenUpdateStrategy') ?? '';
        changes.push(strategy);
        tokens.push(form.get('AuthToken') ?? '');
        tokens.splice(0, tokens.length - (strategy === 'ROTATE' ? 2 : 1));
        void apply(strategy === 'ROTATE' ? 'ROTATING' : 'SETTING', tokens);
        return '';
      }
      case 'ModifyUser': {
        const passwords = [...form].filter(([name]) => name.startsWith('Passwords.')).map(([, value]) => value);
        changes.push(`ModifyUser ${passwords.length}`);
        void apply('user', passwords);
        return '';
      }
      case 'ListTagsForResource':
        return `<TagList>${[...tags].map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join('')}</TagList>`;
      case 'AddTagsToResource':
        tags.set(form.get('Tags.Tag.1.Key') ?? '', form.get('Tags.Tag.1.Value') ?? '');
        standIn.onTag?.();
        return '';
      default:
        throw new Error(`No stand-in for ${action}.`);
    }
  };
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const form = new URLSearchParams(body);
      const action = form.get('Action') ?? '';
      const changing = action.startsWith('Modify');
      const problem = changing && refusing ? 'AccessDenied' : changing && busy ? 'InvalidReplicationGroupState' : '';
      response.writeHead(problem ? 400 : 200, { 'content-type': 'text/xml' });
      response.end(
        problem
          ? `<ErrorResponse><Error><Type>Sender</Type><Code>${problem}</Code><Message>not now</Message></Error></ErrorResponse>`
          : `<${action}Response><${action}Result>${answer(action, form)}</${action}Result></${action}Response>`,
      );
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const standIn: ElastiCacheStandIn = {
    client: new ElastiCacheClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    }),
    changes,
    tags,
    onTag: undefined,
    async begin(token) {
      tokens.splice(0, tokens.length, token);
      await redis.command('ACL', 'SETUSER', 'default', 'on', 'resetpass', `>${token}`);
    },
    refuse: (value) => (refusing = value),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return standIn;
}
