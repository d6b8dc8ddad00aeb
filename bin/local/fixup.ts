import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { SynthesizedStack, Template, TemplateResource } from './assembly';
import type { Emulator } from './emulator-kind';
import { lambdaFunction } from './fixups/lambda-function';
import { requestValidator } from './fixups/request-validator';
import { stage } from './fixups/stage';
import { table } from './fixups/table';
import { physicalIds } from './stacks';
import type { Target } from './target';

/** What an emulator's CloudFormation drops of one type of resource, as calls of the service's own API, which keeps it. */
export type Fixup = (resource: DroppedResource) => readonly FixupCall[];

export interface DroppedResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly stack: StackView;
}

/** The rest of the stack, where a fix-up needs it. */
export interface StackView {
  /** The value of a property: text as it is, `Ref` and an `Arn` attribute by the deployed resource. */
  resolve(value: unknown): string;
  /** Deployed resources of a type with their properties as in the template. */
  ofType(type: string): readonly { readonly physicalId: string; readonly properties: Record<string, unknown> }[];
}

/** One thing to apply again. Calling it twice changes nothing. */
export interface FixupCall {
  /** `Function.ReservedConcurrentExecutions of iris-fn = 3`: for logs and tests. */
  readonly what: string;
  call(target: Target): Promise<void>;
}

/** By emulator and type of resource. */
const FIXUPS: Readonly<Record<Emulator['kind'], Readonly<Record<string, Fixup>>>> = {
  embedded: {
    'AWS::Lambda::Function': lambdaFunction,
    'AWS::ApiGateway::Stage': stage,
    'AWS::ApiGateway::RequestValidator': requestValidator,
    'AWS::DynamoDB::Table': table,
  },
  localstack: { 'AWS::Lambda::Function': lambdaFunction },
  unknown: {},
};

/** Applies again what was dropped. Answers how many properties that were. */
export async function applyFixups(
  stacks: readonly SynthesizedStack[],
  client: CloudFormationClient,
  target: Target,
  kind: Emulator['kind'],
): Promise<number> {
  let applied = 0;
  for (const { name, template } of stacks) {
    for (const { call } of planFixups(template, await physicalIds(client, name), target, kind)) {
      await call(target);
      applied += 1;
    }
  }
  return applied;
}

export function planFixups(
  template: Template,
  ids: ReadonlyMap<string, string>,
  target: Target,
  kind: Emulator['kind'] = 'embedded',
): FixupCall[] {
  const stack = viewOf(template, ids, target);
  return Object.entries(template.Resources ?? {}).flatMap(([logicalId, { Type, Properties = {} }]) => {
    const physicalId = ids.get(logicalId);
    // A resource under a false condition is in the template but not deployed.
    return physicalId === undefined
      ? []
      : (FIXUPS[kind][Type]?.({ logicalId, physicalId, properties: Properties, stack }) ?? []);
  });
}

function viewOf(template: Template, ids: ReadonlyMap<string, string>, target: Target): StackView {
  const resources = Object.entries<TemplateResource>(template.Resources ?? {});
  const physicalIdOf = (logicalId: string): string => {
    const id = ids.get(logicalId);
    if (id === undefined) {
      throw new Error(`The deployed stack has no resource ${logicalId}.`);
    }
    return id;
  };
  return {
    resolve(value) {
      if (typeof value === 'string') {
        return value;
      }
      const { Ref, 'Fn::GetAtt': attribute } = (value ?? {}) as { Ref?: string; 'Fn::GetAtt'?: readonly string[] };
      if (Ref !== undefined) {
        return physicalIdOf(Ref);
      }
      const [logicalId, name] = attribute ?? [];
      const type = template.Resources?.[logicalId ?? '']?.Type;
      if (logicalId !== undefined && name === 'Arn' && type === 'AWS::SQS::Queue') {
        return `arn:aws:sqs:${target.region}:${target.account}:${physicalIdOf(logicalId).split('/').at(-1)}`;
      }
      throw new Error(`The local fix-ups cannot resolve ${JSON.stringify(value)}.`);
    },
    ofType(type) {
      return resources.flatMap(([logicalId, resource]) =>
        resource.Type === type && ids.has(logicalId)
          ? [{ physicalId: physicalIdOf(logicalId), properties: { ...resource.Properties } }]
          : [],
      );
    },
  };
}
