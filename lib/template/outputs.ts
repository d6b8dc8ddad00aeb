import { CfnOutput, CfnResource, Resource, Stack } from 'aws-cdk-lib';
import { BucketBase } from 'aws-cdk-lib/aws-s3';
import { QueueBase } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import type { Service } from './patterns';
import { SERVING_OUTPUT, type ServingOutput } from './serving-output';

/** The outputs of a service's stack. */
export function addOutputs(service: Service, { name, pattern }: { readonly name: string; readonly pattern: string }) {
  const stack = Stack.of(service);
  const output: ServingOutput = {
    service: name,
    pattern,
    model: service.modelName,
    ...whereOf(service),
    resources: resourcesOf(service),
  };
  new CfnOutput(stack, SERVING_OUTPUT, {
    value: stack.toJsonString(output),
    description: 'What this stack holds (JSON)',
  });
  new CfnOutput(stack, 'Url', { value: service.url, description: 'Where the service is asked' });
}

/** Where it is asked, and by whom: in S3 and by executions only who may by IAM. */
function whereOf({ api, url }: Service) {
  if (!api) return { auth: 'iam', url };
  const { auth, restApi } = api;
  return { auth: auth._kind, apiId: restApi.restApiId, stage: restApi.deploymentStage.stageName };
}

/** Parts that every service has once; what is in them needs no second name. */
const PLAIN = ['predictor', 'api', 'jobs', 'monitoring'];

/**
 * The resources that a construct shows as properties, with their references: role `function` is the property `function`
 * of the predictor, and `preprocessFunction` that of a part called `preprocess`. So a new pattern needs no list.
 */
function resourcesOf(construct: IConstruct, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [property, value] of membersOf(construct)) {
    if (!Construct.isConstruct(value)) continue;
    const role = prefix && `${prefix}${property.charAt(0).toUpperCase()}${property.slice(1)}`;
    if (!value.node.scopes.includes(construct)) {
      // Of what is not its own, only where its work comes from and goes to.
      if (value instanceof QueueBase) found[role || property] = value.queueUrl;
      if (value instanceof BucketBase && /^(in|out)putBucket$/.test(property))
        found[role || property] = value.bucketName;
      continue;
    }
    if (!Resource.isResource(value)) {
      Object.assign(found, resourcesOf(value, PLAIN.includes(property) ? prefix : role || property));
    } else if (CfnResource.isCfnResource(value.node.defaultChild)) {
      found[role || property] = value.node.defaultChild.ref;
    }
  }
  return found;
}

/** The properties, with those of maps of resources by name: `monitoring.alarms.ErrorAlarm` is `errorAlarm`. */
function membersOf(construct: IConstruct): [string, unknown][] {
  const properties: [string, unknown][] = Object.entries(construct);
  return properties.flatMap(([property, value]): [string, unknown][] => {
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
      return [[property, value]];
    }
    const named: [string, unknown][] = Object.entries(value);
    return named.map(([name, member]) => [`${name.charAt(0).toLowerCase()}${name.slice(1)}`, member]);
  });
}
