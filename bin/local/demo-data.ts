import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ID_INPUT, type InputSpec, type WireTensor } from '../../lambdas/shared/contract';
import type { Endpoints, ServiceEndpoint } from './endpoints';
import { LocalRunError } from './errors';
import { clientConfig, targetAt } from './target';

/** What a store holds under an id. */
export type DemoRecord = Readonly<Record<string, unknown>> & { readonly id: string };

/** Inputs of a model as records, a row each, and the request by their ids. */
export function dataOf(
  inputs: readonly WireTensor[],
  specs: readonly InputSpec[],
): { readonly inputs: readonly WireTensor[]; readonly records: readonly DemoRecord[] } {
  const rows = inputs[0]?.shape[0] ?? 0;
  const records = Array.from({ length: rows }, (_, row) => {
    const attributes = inputs.flatMap(({ data = [], name }) => {
      const values = data.flat(8);
      const size = values.length / rows;
      const own = values.slice(row * size, (row + 1) * size);
      const { features } = specs.find((spec) => spec.name === name) ?? {};
      return features ? features.map((feature, i) => [feature, own[i]]) : [[name, own.length === 1 ? own[0] : own]];
    });
    return { id: `demo-${row}`, ...Object.fromEntries(attributes) } as DemoRecord;
  });
  const ids = records.map(({ id }) => id);
  return { records, inputs: [{ name: ID_INPUT, datatype: 'BYTES', shape: [rows], data: ids }] };
}

/** Puts records into the store of a service, which is its own table. */
export async function putRecords(
  { resources }: ServiceEndpoint,
  { endpointUrl }: Endpoints,
  records: readonly DemoRecord[],
): Promise<void> {
  const TableName = resources.dataTable;
  if (!TableName) throw new LocalRunError('A data cache with a store of your own is not part of the demo.');
  const client = new DynamoDBClient(clientConfig(targetAt(endpointUrl)));
  for (const record of records) await client.send(new PutItemCommand({ TableName, Item: marshall(record) }));
}
