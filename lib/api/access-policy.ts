import { Stack, Token } from 'aws-cdk-lib';
import { AccountPrincipal, AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { ApiAccess } from './inference-api-options';

/**
 * Where calls may come from, as the resource policy of an API.
 *
 * The allowing statement names accounts where callers sign: an account means what its own policies allow. Naming
 * everyone would let in every signed caller of this account, with a policy or without, because a resource policy that
 * allows is enough there. The denying statements hold for everyone.
 *
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
export function accessPolicy(scope: Construct, access: ApiAccess, signed: boolean): PolicyDocument {
  const { vpcEndpoints = [], cidrs = [], accounts = [] } = access;
  const callers = [Stack.of(scope).account, ...accounts].map((account) => new AccountPrincipal(account));
  const call = { actions: ['execute-api:Invoke'], resources: ['execute-api:/*'] };
  const refuse = { ...call, effect: Effect.DENY, principals: [new AnyPrincipal()] };
  const endpoints = vpcEndpoints.map(({ vpcEndpointId }) => vpcEndpointId);
  const address = endpoints.length ? 'aws:VpcSourceIp' : 'aws:SourceIp';
  return new PolicyDocument({
    statements: [
      new PolicyStatement({ ...call, principals: signed ? callers : [new AnyPrincipal()] }),
      ...(endpoints.length
        ? [new PolicyStatement({ ...refuse, conditions: { StringNotEquals: { 'aws:SourceVpce': endpoints } } })]
        : []),
      ...(cidrs.length ? [new PolicyStatement({ ...refuse, conditions: { NotIpAddress: { [address]: cidrs } } })] : []),
    ],
  });
}

export function validateAccess({ vpcEndpoints, cidrs, accounts }: ApiAccess, signed: boolean): void {
  for (const [name, list] of Object.entries({ vpcEndpoints, cidrs, accounts })) {
    if (list?.length === 0) throw new Error(`access.${name} is empty, which would let nobody in; leave it out instead`);
  }
  const odd = cidrs?.find(
    (cidr) => !Token.isUnresolved(cidr) && !/^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*)\/\d{1,3}$/i.test(cidr),
  );
  if (odd !== undefined) {
    throw new Error(`access.cidrs must be address ranges such as 203.0.113.0/24; got ${JSON.stringify(odd)}`);
  }
  if (accounts && !signed) {
    throw new Error('access.accounts needs auth iam: without signed calls nobody knows the account of a caller');
  }
  const account = accounts?.find((each) => !Token.isUnresolved(each) && !/^\d{12}$/.test(each));
  if (account !== undefined) {
    throw new Error(`access.accounts must be account ids of twelve digits; got ${JSON.stringify(account)}`);
  }
}
