/** How a command is called, in a project that has the package and in a checkout of it that is built. */
const COMMAND = 'npx cdk-ml-serving';

export const HINTS = {
  up: `${COMMAND} up`,
  down: `${COMMAND} down`,
  deleteData: `${COMMAND} down --delete-data`,
} as const;

/** What commands say that reach services on AWS too. */
export const ON_AWS = 'For a service on AWS name its environment: --environment production';

export const NOT_RUNNING = `The emulator is not running. Start it with: ${HINTS.up}`;
