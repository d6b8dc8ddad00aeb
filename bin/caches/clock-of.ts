import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';

/** An answer says whole seconds, and was on its way for a while. */
const TOLERANCE_MS = 5000;

/**
 * What time it is for AWS, as far as it has answered this client: an invalidation is a moment on the clocks of functions,
 * and by a clock that is slow it would leave entries valid that it is for.
 */
export function clockOf(client: CloudFormationClient): () => number {
  let aheadMs = 0;
  client.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      const { headers = {} } = result.response as { readonly headers?: Readonly<Record<string, string>> };
      const ahead = Date.now() - Date.parse(headers.date ?? '');
      if (Math.abs(ahead) > TOLERANCE_MS) aheadMs = ahead;
      return result;
    },
    { step: 'deserialize', name: 'clockOf' },
  );
  // Rather a second too late than too early.
  return () => (aheadMs === 0 ? Date.now() : Date.now() - aheadMs + 1000);
}
