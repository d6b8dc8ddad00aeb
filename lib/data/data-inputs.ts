import { createHash } from 'node:crypto';
import { ID_INPUT } from '../../lambdas/shared/contract';
import type { CardTensor } from '../model/card-fields';
import type { ModelCard } from '../model/model-card';
import type { Hook } from '../predictor/hook';

/** The card of a predictor that takes ids in the place of its model's inputs. */
export function cardForIds(card: ModelCard, numeric: boolean): ModelCard {
  for (const { name, shape } of card._inputs) {
    if (shape[0] === -1) continue;
    throw new Error(
      `predictor must take rows: its input "${name}" has shape [${shape.join(', ')}], whose first dimension is fixed`,
    );
  }
  const id: CardTensor = {
    name: ID_INPUT,
    datatype: numeric ? 'INT64' : 'BYTES',
    shape: [-1],
    description: 'Ids of the data that the inputs of the model are made from.',
  };
  return card._with({ inputs: [id], image: undefined });
}

/** Attributes by input: those that are given, those of the card, or one of the input's own name. */
export function columnsOf(
  card: ModelCard,
  given: { readonly [input: string]: readonly string[] } = {},
): Record<string, readonly string[]> {
  const known = card._inputs.map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`columns must be of inputs of the model, ${known.join(', ')}; got ${JSON.stringify(unknown)}`);
  }
  return Object.fromEntries(card._inputs.map(({ features, name }) => [name, given[name] ?? features ?? [name]]));
}

/** Changes with everything that makes inputs of data. */
export function preprocessingVersion(card: ModelCard, columns: object, hook?: Hook): string {
  const parts = JSON.stringify([card._inputs, columns, hook?._digest()]);
  return createHash('sha256').update(parts).digest('hex').slice(0, 12);
}
