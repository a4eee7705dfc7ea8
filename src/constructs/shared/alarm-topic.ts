/** Where alarms and events go: encrypted, TLS only, and open to the services that raise them. */
import { Stack } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

export interface AlarmTopicProps {
  /** @default CloudFormation's */
  readonly topicName?: string;
  /** Its policy has to admit `cloudwatch.amazonaws.com` and `events.amazonaws.com`. */
  readonly encryptionKey: IKey;
  /** Each has to confirm once. @default none */
  readonly emails?: readonly string[];
}

export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string, { topicName, encryptionKey, emails = [] }: AlarmTopicProps) {
    super(scope, id, { topicName, masterKey: encryptionKey, enforceSSL: true });
    this.#letPublish('AllowAlarms', 'cloudwatch.amazonaws.com', {
      StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
    });
    for (const email of emails) this.addSubscription(new EmailSubscription(email));
  }

  /** Sends an alarm's changes in both directions here. */
  notifyOf(alarm: Alarm): void {
    const action = new SnsAction(this);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }

  /**
   * Lets rules of EventBridge send events here. It publishes to no topic whose policy has a condition for it:
   * docs/decisions/0013-alarms-by-eventbridge.md.
   */
  admitEvents(): void {
    this.#letPublish('AllowEvents', 'events.amazonaws.com');
  }

  #letPublish(sid: string, service: string, conditions?: Record<string, Record<string, string>>): void {
    const principals = [new ServicePrincipal(service)];
    this.addToResourcePolicy(
      new PolicyStatement({ sid, principals, actions: ['sns:Publish'], resources: [this.topicArn], conditions }),
    );
  }
}
