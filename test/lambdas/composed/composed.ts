import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { dispatch } from '../../../lambdas/composed/dispatch';
import { type AnswerQuestion, type ComposedParts, createComposed } from '../../../lambdas/composed/service';
import { ENV, type ModelManifest, type PredictorAnswer, type PredictorRequest } from '../../../lambdas/shared/contract';
import { type AnsweringEnv, readAnsweringEnv } from '../../../lambdas/shared/env';
import { askPredictor } from '../../../lambdas/shared/predictor/ask';
import { type Answer, DEADLINE_MS, gatewayEvent, type PostOptions, predictFunction } from '../function';
import { manifestOf } from '../manifest';

export interface ComposedOptions {
  readonly manifest?: Partial<ModelManifest>;
  /** In the place of the real predictor. */
  readonly behind?: { invoke(request: PredictorRequest): Promise<unknown> };
}

/** The function of a composed predictor, in this process, around a real predictor. */
export function composedFunction(
  model: string,
  answering?: (ask: AnswerQuestion, parts: ComposedParts<AnsweringEnv>) => AnswerQuestion,
  { behind, manifest }: ComposedOptions = {},
) {
  const predictor = predictFunction(model);
  const asked: PredictorRequest[] = [];
  const log: Record<string, unknown>[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'composed-function-'));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifestOf(model, manifest)));
  const env = readAnsweringEnv({
    [ENV.service]: 'test-service',
    [ENV.modelDir]: folder,
    [ENV.deadlineMs]: `${DEADLINE_MS}`,
    [ENV.maxBodyBytes]: '1000000',
  });
  const composed = createComposed({ env, handlerDir: '/', write: (line) => log.push(JSON.parse(line)) }, (parts) => {
    const ask: AnswerQuestion = async ({ inference, ...asking }) => {
      // What goes over the wire is text.
      const call = async (request: PredictorRequest) => {
        const sent = JSON.parse(JSON.stringify(request));
        asked.push(sent);
        return JSON.parse(JSON.stringify(await (behind ?? predictor).invoke(sent))) as PredictorAnswer;
      };
      return (await askPredictor(call, asking, inference, parts.manifest)).success;
    };
    return answering?.(ask, parts) ?? ask;
  });
  return {
    predictor,
    asked,
    log,
    invoke: (event: unknown) => dispatch(event, composed),
    post: async (resource: string, body: unknown, options: PostOptions = {}) => {
      const event = gatewayEvent('POST', resource, { ...options, body });
      const result = (await dispatch(event, composed)) as APIGatewayProxyResult;
      return { ...result, json: JSON.parse(result.isBase64Encoded ? '{}' : result.body) } as Answer;
    },
    get: async (resource: string, parameters?: Record<string, string>) => {
      const result = (await dispatch(gatewayEvent('GET', resource, { parameters }), composed)) as APIGatewayProxyResult;
      return { ...result, json: JSON.parse(result.body) } as Answer;
    },
  };
}
