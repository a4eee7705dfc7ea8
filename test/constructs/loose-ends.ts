/** What would be lost, or in the way, when a stack is deleted: what guards or carries a resource that is kept. */

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** How long a resource stays: `Retain` also after a first deployment that failed. */
const STAYING = ['Delete', 'RetainExceptOnCreate', 'Retain'];

/** Kept resources that refer to some that are not kept as long, kept buckets and keys that lose what guards or names them. */
export function looseEndsOf(template: object): string[] {
  const { Resources: resources } = template as { readonly Resources: Readonly<Record<string, Resource>> };
  const stayOf = (name: string) => Math.max(0, STAYING.indexOf(resources[name]?.DeletionPolicy ?? 'Delete'));
  const found: string[] = [];
  for (const [name, { Type: type, Properties = {} }] of Object.entries(resources)) {
    const stay = stayOf(name);
    const needed = referencesIn(Properties).filter((other) => other in resources);
    if (stay > 0) {
      found.push(
        ...needed.filter((other) => stayOf(other) < stay).map((other) => `${name} is kept longer than ${other}`),
      );
    }
    const guarded =
      type === 'AWS::KMS::Alias'
        ? needed
        : type === 'AWS::S3::BucketPolicy'
          ? Object.keys(resources).filter(
              (other) => resources[other]?.Properties?.['BucketName'] === Properties['Bucket'],
            )
          : [];
    found.push(
      ...guarded.filter((other) => stayOf(other) > stay).map((other) => `${other} is kept longer than ${name}`),
    );
    if (type === 'AWS::S3::BucketPolicy' && guarded.length !== 1) found.push(`${name} does not name its bucket`);
  }
  return found;
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    return key === 'Fn::GetAtt' ? [String((inner as unknown[])[0])] : referencesIn(inner);
  });
}
