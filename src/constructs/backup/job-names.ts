/** What the resources of backup jobs are called. */
import {
  imageProjectName,
  jobsName,
  projectName,
  schedulerRoleName,
  scheduleName,
  writerRoleName,
} from '../../policies/index.js';

export interface JobNames {
  /** Of what the jobs share: the group of schedules, and with an ending the topic, the queue, the image and alarms. */
  readonly shared: string;
  /** Of a database's project, after which its log group and its alarm are named. */
  readonly project: (database: string) => string;
  readonly schedule: (database: string) => string;
  /** Of a database's role; without a database, of the one that all share. */
  readonly role: (database?: string) => string;
  readonly schedulerRole: string;
  /** Of the project that builds the image. */
  readonly imageProject: string;
}

/** The layer-2 document's names, by which the policies of a vault admit the roles of an environment. */
export function layer2Names(environment: string): JobNames {
  return {
    shared: jobsName(environment),
    project: (database) => projectName(environment, database),
    schedule: (database) => scheduleName(environment, database),
    role: (database) => writerRoleName(environment, database),
    schedulerRole: schedulerRoleName(environment),
    imageProject: imageProjectName(environment),
  };
}
