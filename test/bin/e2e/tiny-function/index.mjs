/** Answers one iris prediction; what the body asks for decides how it fails. An empty event is the self-test. */
export async function handler(event) {
  if (event.body === undefined) {
    if (process.env.FAIL_SELF_TEST) {
      throw new Error(process.env.FAIL_SELF_TEST);
    }
    return { ok: true };
  }
  const { sleepMs, spinMs, fail, answer } = JSON.parse(event.body ?? '{}');
  if (fail) throw new Error(fail);
  if (answer) return answer;
  for (const end = Date.now() + (spinMs ?? 0); Date.now() < end; );
  await new Promise((resolve) => setTimeout(resolve, sleepMs ?? 0));
  const outputs = [
    { name: 'label', datatype: 'INT64', shape: [1], data: [0] },
    { name: 'probabilities', datatype: 'FP32', shape: [1, 3], data: [0.9771913, 0.0228081, 5.7e-7] },
  ];
  const parameters = { greeting: process.env.GREETING, node: process.version };
  return { statusCode: 200, body: JSON.stringify({ model_name: 'iris', model_version: '1', parameters, outputs }) };
}
