/**
 * What a client says of caches (RFC 9111, 5.2.1): `no-cache` wants an answer of now, `no-store` also that nobody gets it
 * later. Of both the stronger counts.
 */
export function directiveOf(cacheControl: string | undefined): 'no-cache' | 'no-store' | undefined {
  const directives = (cacheControl ?? '').split(',').map((directive) => directive.trim().toLowerCase());
  return (['no-store', 'no-cache'] as const).find((known) => directives.includes(known));
}
