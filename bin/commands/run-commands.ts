import { Option } from 'commander';
import { portNumber } from './argument-values';
import type { Commands } from './commands';
import { demo } from './demo';
import { down } from './down';
import { start } from './start';
import { status } from './status';
import { up } from './up';

/** Commands that run the services of a configuration on this machine. */
export function addRunCommands({ add }: Commands): void {
  const port = () =>
    new Option(
      '--port <number>',
      'port of the embedded emulator (default: that of the last run, at first 4566)',
    ).argParser(portNumber);
  add('start', 'up, demo, and stay until Ctrl-C', start)
    .addOption(port().conflicts('endpoint'))
    .option('--once', 'stop after the demo; the exit code says whether it went well');
  add('up', 'start the emulator and deploy the configuration', up).addOption(port().conflicts('endpoint'));
  add('demo', 'one real prediction per service', demo);
  add('status', 'what runs and what is deployed', status);
  add('down', 'stop the emulator; what was deployed and stored is kept', down).option(
    '--delete-data',
    'delete what was deployed and stored',
  );
}
