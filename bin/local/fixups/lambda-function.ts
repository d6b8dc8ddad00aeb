import {
  DeleteFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { Fixup, FixupCall } from '../fixup';
import { clientConfig } from '../target';

/** Reserved concurrency and the dead-letter queue. */
export const lambdaFunction: Fixup = ({ physicalId: FunctionName, properties, stack }) => {
  const { ReservedConcurrentExecutions: reserved, DeadLetterConfig } = properties as {
    ReservedConcurrentExecutions?: number;
    DeadLetterConfig?: { readonly TargetArn: unknown };
  };
  const calls: FixupCall[] = [
    reserved === undefined
      ? {
          // It may have been reserved by the deployment before.
          what: `no reserved concurrency of ${FunctionName}`,
          call: async (target) => {
            await new LambdaClient(clientConfig(target)).send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
          },
        }
      : {
          what: `reserved concurrency of ${FunctionName}: ${reserved}`,
          call: async (target) => {
            const command = new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved });
            await new LambdaClient(clientConfig(target)).send(command);
          },
        },
  ];
  if (DeadLetterConfig) {
    const TargetArn = stack.resolve(DeadLetterConfig.TargetArn);
    calls.push({
      what: `dead-letter queue of ${FunctionName}: ${TargetArn}`,
      call: async (target) => {
        const command = new UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig: { TargetArn } });
        await new LambdaClient(clientConfig(target)).send(command);
      },
    });
  }
  return calls;
};
