/** Version of what functions say to each other, and of a model's manifest. A handler reads its own version and the one before. */
export const CONTRACT_VERSION = 1;
