import { AwsClient } from 'aws4fetch';
import type { Fixup } from '../fixup';
import { LOCAL_CREDENTIALS } from '../target';

/** Time to live. */
export const table: Fixup = ({ physicalId: TableName, properties }) => {
  const ttl = properties.TimeToLiveSpecification as { AttributeName: string; Enabled: boolean } | undefined;
  if (!ttl) {
    return [];
  }
  return [
    {
      what: `time to live of ${TableName}: ${ttl.AttributeName}`,
      call: async ({ endpointUrl, region }) => {
        const client = new AwsClient({ ...LOCAL_CREDENTIALS, region, service: 'dynamodb' });
        const answer = await client.fetch(endpointUrl, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-amz-json-1.0',
            'x-amz-target': 'DynamoDB_20120810.UpdateTimeToLive',
          },
          body: JSON.stringify({ TableName, TimeToLiveSpecification: ttl }),
        });
        // It cannot be set to what it is already.
        if (!answer.ok && !/already (en|dis)abled/.test(await answer.text())) {
          throw new Error(`The time to live of ${TableName} cannot be set (${answer.status}).`);
        }
      },
    },
  ];
};
