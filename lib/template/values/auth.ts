import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { type ApiKeyOptions, Auth } from '../../index';
import { type JsonSchema, type Place, valueType } from './value-type';

interface WrittenJwt {
  readonly issuer: string;
  readonly audience: string | string[];
  readonly jwksUri?: string;
  readonly scopes?: string[];
}

/** Who may call, as it is written: a name, or a map of one way to authenticate, of an API key, or of both. */
type WrittenAuth =
  | 'iam'
  | 'none'
  | {
      readonly iam?: true;
      readonly jwt?: WrittenJwt;
      readonly cognito?: string;
      readonly apiKey?: ApiKeyOptions;
    };

const text = (description: string): JsonSchema => ({ type: 'string', minLength: 1, description });
const texts = (description: string): JsonSchema => ({
  type: 'array',
  minItems: 1,
  items: { type: 'string', minLength: 1 },
  'x-allowed': 'a list of texts, at least one',
  description,
});

const jwt: JsonSchema = {
  type: 'object',
  'x-allowed': 'a map of issuer and audience',
  description: 'Callers with a token of an OpenID Connect issuer.',
  additionalProperties: false,
  required: ['issuer', 'audience'],
  properties: {
    issuer: {
      ...text('Who makes the tokens: the claim `iss`, to the letter.'),
      'x-allowed': 'the https URL of the issuer',
    },
    audience: {
      type: ['string', 'array'],
      minLength: 1,
      minItems: 1,
      items: { type: 'string', minLength: 1 },
      'x-allowed': 'a text, or a list of texts: for whom tokens are made',
      description: 'For whom tokens are made: the claim `aud` must hold it, or one of them.',
    },
    jwksUri: text('Where the issuer publishes its keys. Default: <issuer>/.well-known/jwks.json.'),
    scopes: texts('The token must hold one of these scopes. Default: none is asked for.'),
  },
};

const apiKey: JsonSchema = {
  type: ['object', 'null'],
  'x-allowed': 'a map of rate, burst, quotaPerDay and callers',
  description: 'Callers with an API key, within its limits. Alone it tells callers apart and proves nothing more.',
  additionalProperties: false,
  properties: {
    rate: {
      type: 'number',
      exclusiveMinimum: 0,
      'x-allowed': 'a number greater than 0',
      description: 'Requests per second in the long run, for each key.',
    },
    burst: {
      type: 'integer',
      minimum: 1,
      'x-allowed': 'a whole number greater than 0',
      description: 'Requests at once above the rate, for each key.',
    },
    quotaPerDay: {
      type: 'integer',
      minimum: 1,
      'x-allowed': 'a whole number greater than 0',
      description: 'Requests per day, for each key.',
    },
    callers: texts('Names of the callers: each gets a key. Default: one key.'),
  },
};

const allowed = 'iam, none, or a map of jwt, cognito, or apiKey (which can stand beside iam: true, jwt or cognito)';

/** Who may call. */
export const authValue = valueType<WrittenAuth, Auth>({
  schema: {
    type: ['string', 'object'],
    if: { type: 'object' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      minProperties: 1,
      additionalProperties: false,
      properties: {
        iam: { const: true, description: 'Callers sign with AWS IAM; beside apiKey. Alone it is written auth: iam.' },
        jwt,
        cognito: {
          type: 'string',
          pattern: '^arn:[^:]+:cognito-idp:[^:]+:[0-9]{12}:userpool/.+$',
          'x-allowed': 'the ARN of a user pool: arn:aws:cognito-idp:<region>:<account>:userpool/<id>',
          description: 'Users of a Cognito user pool.',
        },
        apiKey,
      },
    },
    else: { enum: ['iam', 'none'], 'x-allowed': allowed },
  },
  allowed,
  cdk: Auth,
  toCdk: authOf,
  toYaml: ({ _kind }) => _kind as 'iam' | 'none',
  problem(written) {
    if (typeof written !== 'object' || written === null) return undefined;
    const ways = ['iam', 'jwt', 'cognito'].filter((way) => way in written);
    return ways.length > 1 ? `names ${ways.join(' and ')}: a service has one way to authenticate` : undefined;
  },
});

function authOf(written: WrittenAuth, place: Place): Auth {
  if (typeof written === 'string') return Auth[written]();
  const auth = authenticationOf(written, place);
  if (!('apiKey' in written)) return auth ?? Auth.iam();
  const options = written.apiKey ?? {};
  return auth ? auth.withApiKey(options) : Auth.apiKey(options);
}

function authenticationOf(written: Exclude<WrittenAuth, string>, { scope, id }: Place): Auth | undefined {
  const { iam, jwt: token, cognito } = written;
  if (token) {
    const { audience } = token;
    return Auth.jwt({ ...token, audience: typeof audience === 'string' ? [audience] : audience });
  }
  if (cognito !== undefined) return Auth.cognito(UserPool.fromUserPoolArn(scope, id, cognito));
  return iam ? Auth.iam() : undefined;
}
