import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { clientConfig, type Target } from '../../../bin/local/target';

/** An IAM user of a test, with an access key. */
export class IamUser {
  private constructor(
    private readonly iam: IAMClient,
    private readonly UserName: string,
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
  ) {}

  static async create(target: Target, UserName: string): Promise<IamUser> {
    const iam = new IAMClient(clientConfig(target));
    await iam.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {};
    return new IamUser(iam, UserName, { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey });
  }

  /** Allow calls of these methods and paths, in place of what was allowed before. */
  async allow(Resource: string | string[]): Promise<void> {
    const statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await this.iam.send(new PutUserPolicyCommand({ UserName: this.UserName, PolicyName: 'calls', PolicyDocument }));
  }

  async delete(): Promise<void> {
    const { iam, UserName } = this;
    const { PolicyNames = [] } = await iam.send(new ListUserPoliciesCommand({ UserName }));
    for (const PolicyName of PolicyNames) await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
    const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
    for (const { AccessKeyId = '' } of AccessKeyMetadata) {
      await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    }
    await iam.send(new DeleteUserCommand({ UserName }));
  }
}
