import { AuthorizationType, type MethodOptions } from 'aws-cdk-lib/aws-apigateway';

/** Who may call an API. */
export abstract class Auth {
  /** AWS IAM: callers sign with SigV4 and need `execute-api:Invoke` on the API. The default. */
  public static iam(): Auth {
    return new FixedAuth('iam', { authorizationType: AuthorizationType.IAM });
  }

  /** Anyone. For a demo, or behind something else that keeps callers out. It has to be written. */
  public static none(): Auth {
    return new FixedAuth('none', { authorizationType: AuthorizationType.NONE });
  }

  /** @internal Name of the choice, as in `serving.yaml`. */
  public abstract readonly _kind: string;
  /** @internal What every method of the API gets. */
  public abstract _methodOptions(): MethodOptions;
}

class FixedAuth extends Auth {
  constructor(
    public readonly _kind: string,
    private readonly options: MethodOptions,
  ) {
    super();
  }

  public _methodOptions(): MethodOptions {
    return this.options;
  }
}
