import { expect } from 'vitest';
import type { HttpErrorBody, InferResponse } from '../../../lambdas/shared/contract';
import type { Issuer } from '../../lambdas/authorize/issuer';
import { type Answer, call, logLines } from '../client';
import { deployApp, type Outputs, type TestTarget } from '../emulator';

const body = JSON.stringify({ inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5, 3, 1, 0.2] }] });

/** The APIs of `apps/auth.ts`, and the logs of the predictors behind them. */
export class Fronts {
  /** How many predictions callers got. */
  answered = 0;

  private constructor(
    private readonly endpointUrl: string,
    private readonly outputs: Outputs[string],
    private readonly logs: readonly string[],
  ) {}

  static async deploy(run: TestTarget, issuer: Issuer): Promise<Fronts> {
    const stacks = await deployApp(run, 'auth', { ISSUER: issuer.url, AUDIENCE: issuer.audience });
    const { LogGroup: tokenLogs = '', ...tokens } = stacks['test-tokens'] ?? {};
    const { LogGroup: otherLogs = '', ...others } = stacks['test-auth'] ?? {};
    return new Fronts(run.target.endpointUrl, { ...tokens, ...others }, [tokenLogs, otherLogs]);
  }

  output(name: string): string {
    return this.outputs?.[name] ?? '';
  }

  /** How often predictors ran. */
  async predictions(): Promise<number> {
    return (await Promise.all(this.logs.map(logLines))).flat().filter(({ operation }) => operation === 'infer').length;
  }

  async infer(api: string, headers: Record<string, string> = {}, via?: Parameters<typeof call>[2]) {
    const request = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
    const url = `${this.endpointUrl}${this.output(`${api}Path`)}/v2/models/iris/infer`;
    const answer = await call<InferResponse & HttpErrorBody>(url, request, via);
    if (answer.body.model_name === 'iris') this.answered += 1;
    return answer;
  }

  /** The call is refused in the shape of our errors, and no predictor ran. */
  async expectRefused(
    ask: () => Promise<Answer<HttpErrorBody>>,
    status: number,
    code: string,
  ): Promise<Answer<HttpErrorBody>> {
    const before = await this.predictions();
    const answer = await ask();
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(answer.body).toMatchObject({ error: expect.any(String), requestId: expect.any(String) });
    expect(answer.headers.get('x-request-id')).toBe(answer.body.requestId);
    expect(await this.predictions()).toBe(before);
    return answer;
  }

  /** The call is answered, and the log shows that a predictor ran: what refused calls do not leave behind. */
  async expectAnswered(ask: () => Promise<Answer<InferResponse>>): Promise<void> {
    const before = await this.predictions();
    const answer = await ask();
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(answer.body.model_name).toBe('iris');
    await expect.poll(() => this.predictions(), { timeout: 10_000 }).toBe(before + 1);
  }
}
