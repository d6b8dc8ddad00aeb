import { Stack } from 'aws-cdk-lib';
import {
  DomainName,
  type EndpointConfiguration,
  EndpointType,
  type RestApi,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import type { ApiAccess, ApiDomain } from './inference-api-options';

/** Public, or private behind endpoints of VPCs. */
export function endpointOf(access: ApiAccess = {}): EndpointConfiguration {
  const { vpcEndpoints } = access;
  return vpcEndpoints ? { types: [EndpointType.PRIVATE], vpcEndpoints } : { types: [EndpointType.REGIONAL] };
}

/** Base that `/v2/...` is appended to. */
export function urlOf(api: RestApi, domain?: ApiDomain): string {
  if (domain) return `https://${domain.domainName}${domain.basePath === undefined ? '' : `/${domain.basePath}`}`;
  const { region, urlSuffix } = Stack.of(api);
  return `https://${api.restApiId}.execute-api.${region}.${urlSuffix}/${api.deploymentStage.stageName}`;
}

export function addDomain(scope: Construct, api: RestApi, domain: ApiDomain): DomainName {
  const { domainName, certificate, basePath } = domain;
  const name = new DomainName(scope, 'DomainName', {
    domainName,
    certificate,
    endpointType: EndpointType.REGIONAL,
    securityPolicy: SecurityPolicy.TLS_1_2,
  });
  name.addBasePathMapping(api, { basePath, stage: api.deploymentStage });
  return name;
}

export function addWebAcl(scope: Construct, api: RestApi, webAclArn: string): void {
  new CfnWebACLAssociation(scope, 'WebAcl', { webAclArn, resourceArn: api.deploymentStage.stageArn });
}
