/** Definitions of a template's state machines, with names and ARNs in the place of what is only known when deployed. */
export function stateMachines(template: Template): Record<string, object> {
  const machines = Object.entries(template.Resources ?? {}).filter(
    ([, { Type }]) => Type === 'AWS::StepFunctions::StateMachine',
  );
  return Object.fromEntries(
    machines.map(([id, { Properties }]) => [id, JSON.parse(textOf(Properties?.DefinitionString))]),
  );
}

interface Template {
  readonly Resources?: Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>;
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': '111111111111',
};

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (join) return join[1].map(textOf).join(join[0]);
  return PSEUDO[Ref ?? ''] ?? 'arn:aws:lambda:us-east-1:111111111111:function:name';
}
