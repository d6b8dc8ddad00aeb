/** Lambda's limit of a function and its layers, unzipped. */
export const PACKAGE_BYTES = 262_144_000;
