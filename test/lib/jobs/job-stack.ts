import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Asynchronous, type AsynchronousProps, Model } from '../../../lib';
import { newStack } from '../stack';

export const digits = () => Model.fromAsset('models/digits');

/** A stack with an Asynchronous service, and what it synthesizes to. */
export function asynchronous(options: Partial<AsynchronousProps> = {}, stack: Stack = newStack()) {
  const model = options.predictor ? undefined : digits();
  const service = new Asynchronous(stack, 'Digits', { model, serviceName: 'digits', ...options });
  return { stack, service, template: Template.fromStack(stack) };
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What a role may do: each action with its resources. */
export function allowed(template: Template, roleName: unknown): Record<string, unknown[]> {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    JSON.stringify(Properties.Roles).includes(JSON.stringify(roleName)),
  );
  const statements: Statement[] = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const found: Record<string, unknown[]> = {};
  for (const { Action, Resource } of statements) {
    for (const action of [Action].flat()) found[action] = [...(found[action] ?? []), ...[Resource].flat()];
  }
  return found;
}

/** The environment of a function. */
export function environmentOf(template: Template, functionName: unknown): Record<string, unknown> {
  const id = (functionName as { readonly Ref: string }).Ref;
  return template.findResources('AWS::Lambda::Function')[id]?.Properties.Environment.Variables;
}
