/**
 * A strict reader of Prometheus' text format, version 0.0.4, after its specification: what it does not allow is an error.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metric {
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

export function parsePrometheus(text: string): Map<string, Metric> {
  if (!text.endsWith('\n')) throw new Error('The last line does not end with a line feed.');
  const metrics = new Map<string, { help?: string; type?: string; samples: Sample[] }>();
  let current: string | undefined;
  for (const [index, line] of text.slice(0, -1).split('\n').entries()) {
    const fail = (fault: string) => new Error(`Line ${index + 1}: ${fault}: ${JSON.stringify(line)}`);
    const comment = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`).exec(line);
    if (comment) {
      const [, kind, name = '', rest = ''] = comment;
      const metric = metrics.get(name) ?? { samples: [] };
      if (current !== name && metrics.has(name)) throw fail('a metric is in two groups');
      if (metric.samples.length > 0) throw fail('it comes after samples');
      current = name;
      metrics.set(name, metric);
      if (kind === 'HELP') {
        if (metric.help !== undefined) throw fail('a second HELP');
        metric.help = rest;
      } else {
        if (metric.type !== undefined) throw fail('a second TYPE');
        if (!TYPES.includes(rest)) throw fail('no such type');
        metric.type = rest;
      }
      continue;
    }
    if (line === '' || line.startsWith('#')) continue;
    const sample = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`).exec(line);
    if (!sample) throw fail('not a sample');
    const [, name = '', labels = '', value = ''] = sample;
    if (name !== current) throw fail('not in the group of its metric');
    const metric = metrics.get(name);
    const parsed = { labels: parseLabels(labels, fail), value: parseValue(value, fail) };
    const identity = JSON.stringify(Object.entries(parsed.labels).sort());
    if (metric?.samples.some((other) => JSON.stringify(Object.entries(other.labels).sort()) === identity)) {
      throw fail('the same sample again');
    }
    metric?.samples.push(parsed);
  }
  return new Map(
    [...metrics].map(([name, { help, type, samples }]) => {
      if (help === undefined || type === undefined) throw new Error(`${name} lacks HELP or TYPE.`);
      if (samples.length === 0) throw new Error(`${name} has no samples.`);
      return [name, { help, type, samples }];
    }),
  );
}

function parseLabels(text: string, fail: (fault: string) => Error): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/.exec(rest);
    if (!match) throw fail('labels are not right');
    const [whole, name = '', value = ''] = match;
    if (name in labels) throw fail('the same label twice');
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return labels;
}

function parseValue(text: string, fail: (fault: string) => Error): number {
  if (/^[+-]?Inf$/.test(text) || text === 'NaN') return Number(text.replace('Inf', 'Infinity'));
  if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) throw fail('not a number');
  return Number(text);
}
