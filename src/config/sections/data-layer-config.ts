/** The data layer's section with its defaults. The parts keep what was written: their constructs have the defaults. */
import type { z } from 'zod';
import { OPT_OUTS, type OptOut } from './data-layer-opt-outs.js';
import { DATA_LAYER_PARTS, type DataLayerInput, type dataLayerSchema, type REMOVALS } from './data-layer.js';
import { stageProblem } from './data-layer/value-problems.js';
import {
  DEFAULT_DATA_LOG_DAYS,
  DEFAULT_DISPLAY_PREFIX,
  DEFAULT_ENVIRONMENT_TAG,
  DEFAULT_PREFIX,
  DEFAULT_PROJECT_TAG,
  DEFAULT_ROTATION_DAYS,
  DEFAULT_STAGE,
} from './data-layer-defaults.js';

type Section = z.output<typeof dataLayerSchema>;
type Group<Key extends keyof Section> = NonNullable<Section[Key]>;

/** The data layer, as its stack takes it. */
export interface DataLayerConfig {
  readonly account?: string;
  readonly profile?: string;
  readonly roleArn?: string;
  readonly alarmEmails: readonly string[];
  readonly logRetentionDays: number;
  readonly parts: readonly (typeof DATA_LAYER_PARTS)[number][];
  readonly prefix: string;
  readonly displayPrefix: string;
  readonly stage: string;
  readonly environmentTag: string;
  readonly projectTag: string;
  readonly key: Group<'key'>;
  readonly network: Group<'network'>;
  readonly secrets: Group<'secrets'>;
  readonly aurora: Group<'aurora'>;
  readonly dynamodb: Group<'dynamodb'>;
  readonly dataLake: Group<'dataLake'>;
  readonly redis: Group<'redis'>;
  readonly taskRole: Group<'taskRole'>;
  readonly rotation: { readonly days: number };
  readonly removal: (typeof REMOVALS)[number];
  readonly terminationProtection: boolean;
  /** Reasons, by what is given up. */
  readonly optOuts: Readonly<Partial<Record<OptOut, string>>>;
}

/** @param environment the config's environment, whose name may serve as the stage */
export function resolveDataLayer(input: DataLayerInput, environment?: string): DataLayerConfig {
  const stageOfEnvironment = environment !== undefined && stageProblem(environment) === undefined && environment;
  return {
    account: input.account,
    profile: input.profile,
    roleArn: input.roleArn,
    alarmEmails: input.alarmEmails ?? [],
    logRetentionDays: input.logRetentionDays ?? DEFAULT_DATA_LOG_DAYS,
    parts: input.parts ?? DATA_LAYER_PARTS,
    prefix: input.prefix ?? DEFAULT_PREFIX,
    displayPrefix: input.displayPrefix ?? DEFAULT_DISPLAY_PREFIX,
    stage: input.stage ?? (stageOfEnvironment || DEFAULT_STAGE),
    environmentTag: input.environmentTag ?? DEFAULT_ENVIRONMENT_TAG,
    projectTag: input.projectTag ?? DEFAULT_PROJECT_TAG,
    key: input.key ?? {},
    network: input.network ?? {},
    secrets: input.secrets ?? [],
    aurora: input.aurora ?? {},
    dynamodb: input.dynamodb ?? {},
    dataLake: input.dataLake ?? {},
    redis: input.redis ?? {},
    taskRole: input.taskRole ?? {},
    rotation: { days: input.rotation?.days ?? DEFAULT_ROTATION_DAYS },
    removal: input.removal ?? 'retain',
    terminationProtection: input.terminationProtection ?? true,
    optOuts: input.optOuts ?? {},
  };
}

/** Whether a name is one of those that can be given up. */
export function isOptOut(name: string): name is OptOut {
  return Object.hasOwn(OPT_OUTS, name);
}
