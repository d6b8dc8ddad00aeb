export { addServices, type StackOptions, stackNameOf } from './builder';
export { type CheckedFile, loadServingFile } from './check';
export { ConfigurationError } from './configuration-error';
export { chooseEnvironment, type ServingEnvironment } from './environment';
export { SERVING_OUTPUT, type ServingOutput } from './serving-output';
export { type Setting, settingsOf } from './settings';
