/** All resources of a set of templates, resolved, with the ways to find one. */
import { known, type Reading, unknown } from '../model/reading.js';
import { findOpen, OpenValue } from './open-value.js';
import { acceptedBy, optOutsOf } from './opt-outs.js';
import { type Exports, HANDED_OVER, TemplateResolver } from './resolve.js';
import { isRecord, ResourceReader } from './resource-reader.js';
import type { StackTemplate } from './template.js';

export class TemplateResources {
  readonly #readers: readonly ResourceReader[];

  private constructor(readers: readonly ResourceReader[]) {
    this.#readers = readers;
  }

  /** Resources whose condition is false are left out; those whose condition is open are taken as if they existed. */
  static from(stacks: readonly StackTemplate[]): TemplateResources {
    const exports = { exported: new Map<string, unknown>(), handedOver: new Map<string, unknown>() };
    let collected = false;
    const lookUp = (): Exports => {
      if (!collected) {
        collected = true;
        collectExports(resolvers, exports);
      }
      return exports;
    };
    const resolvers = stacks.map((stack) => ({ stack, resolver: new TemplateResolver(stack, lookUp) }));
    return new TemplateResources(
      resolvers.flatMap(({ stack, resolver }) =>
        Object.entries(stack.resources)
          .filter(
            ([, resource]) => resource.Condition === undefined || resolver.condition(resource.Condition) !== false,
          )
          .map(([logicalId, resource]) => {
            const properties = resolver.resolve(resource.Properties ?? {});
            return new ResourceReader(
              stack.stack,
              logicalId,
              resource.Type,
              isRecord(properties) ? properties : {},
              {
                ...resource.Metadata,
                Holdfast: {
                  optOuts: optOutsOf(stack, logicalId, resource.Metadata),
                  accepted: acceptedBy(resource.Metadata),
                },
              },
              toReading(resolver.resolve({ 'Fn::GetAtt': [logicalId, 'Arn'] })),
            );
          }),
      ),
    );
  }

  ofType(...types: readonly string[]): readonly ResourceReader[] {
    return this.#readers.filter((reader) => types.includes(reader.type));
  }

  /** Resources of a type whose property holds a value: `where('AWS::S3::BucketPolicy', 'Bucket', name)`. */
  where(type: string, property: string, value: string): readonly ResourceReader[] {
    return this.ofType(type).filter((reader) => reader.properties[property] === value);
  }
}

function toReading(arn: unknown): Reading<string> {
  return typeof arn === 'string' ? known(arn) : unknown(findOpen(arn)?.reason ?? 'It has no ARN.');
}

function collectExports(
  resolvers: readonly { readonly stack: StackTemplate; readonly resolver: TemplateResolver }[],
  { exported, handedOver }: Readonly<Record<keyof Exports, Map<string, unknown>>>,
): void {
  for (const { stack, resolver } of resolvers) {
    for (const [outputName, output] of Object.entries(stack.outputs)) {
      if (!isRecord(output)) continue;
      if (HANDED_OVER.has(outputName)) {
        const twice = new OpenValue(`more than one stack has the output ${outputName}`);
        handedOver.set(outputName, handedOver.has(outputName) ? twice : resolver.resolve(output.Value));
      }
      if (!isRecord(output.Export)) continue;
      const name = resolver.resolve(output.Export.Name);
      if (name instanceof OpenValue) continue;
      exported.set(String(name), resolver.resolve(output.Value));
    }
  }
}
