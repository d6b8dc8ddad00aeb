import { beforeAll, expect, inject, test } from 'vitest';
import { golden, infer } from './client';
import { deployApp, type Outputs } from './emulator';

const target = inject('target');
let outputs: Outputs = {};
const urlOf = (stack: string, id: string) => `${target.endpointUrl}${outputs[stack]?.[`${id}Path`]}`;
beforeAll(async () => {
  outputs = await deployApp({ target, folder: inject('folder') }, 'graphs');
});
test('vertical', async () => {
  const { inputs } = golden('models/digits-locate').cases[0] as { inputs: [] };
  const answer = await infer(urlOf('GraphDigits', 'Vertical'), 'digits-vertical', { inputs });
  console.log(answer.status, JSON.stringify(answer.body).slice(0, 3000), answer.ms);
  const again = await infer(urlOf('GraphDigits', 'Vertical'), 'digits-vertical', { inputs });
  console.log(again.ms);
  const nested = await infer(urlOf('GraphDigits', 'Nested'), 'digits-nested', { inputs });
  console.log(nested.status, JSON.stringify(nested.body).slice(0, 3000), nested.ms);
});
