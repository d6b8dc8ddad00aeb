import { App, CliCredentialsStackSynthesizer } from 'aws-cdk-lib';
import { addServices, ConfigurationError, chooseEnvironment, loadServingFile } from '../lib/template';
import { LOCAL_ASSETS_BUCKET } from './local/assets';
import { EMBEDDED, emulatorContext } from './local/emulator-kind';

/**
 * The CDK app: a configuration file as stacks. Context:
 *
 *   config        path of the file (default: serving.yaml)
 *   environment   one of those it declares (default: production, or the only one that is not local)
 */
function main(): void {
  const app = new App({ autoSynth: false });
  const configuration = loadServingFile(app.node.tryGetContext('config') ?? 'serving.yaml');
  const environment = chooseEnvironment(configuration, app.node.tryGetContext('environment'));
  const { account, region } = environment;
  if (environment.local) {
    // The command line says which emulator it is. It has no roles to publish assets with.
    for (const [key, value] of Object.entries(emulatorContext(EMBEDDED))) {
      if (app.node.tryGetContext(key) === undefined) app.node.setContext(key, value);
    }
    // AWS checks its own rules for templates before it deploys; here that would take longer than all the rest.
    process.env.CDK_VALIDATION ??= 'false';
    addServices(app, configuration, environment, {
      env: { account: account ?? '000000000000', region: region ?? 'us-east-1' },
      synthesizer: new CliCredentialsStackSynthesizer({ fileAssetsBucketName: LOCAL_ASSETS_BUCKET }),
    });
  } else {
    addServices(app, configuration, environment, {
      env: {
        account: account ?? process.env.CDK_DEFAULT_ACCOUNT,
        region: region ?? process.env.CDK_DEFAULT_REGION,
      },
    });
  }
  app.synth();
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
