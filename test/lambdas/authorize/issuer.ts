import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

type Claims = Record<string, unknown>;

const newKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
/** Made once: they take a while. */
const first = newKey();
const foreign = newKey();

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An OpenID Connect issuer on this machine: it publishes its keys and makes tokens. */
export class Issuer {
  readonly audience = 'models';
  /** How often its keys were asked for. */
  fetches = 0;
  /** How it answers: with its keys, with something else, with a redirect, with an error, or never. */
  mood: 'keys' | 'nonsense' | 'redirect' | 'error' | 'silence' = 'keys';
  #keys = new Map<string, { privateKey: KeyObject; publicKey: KeyObject }>();
  #server: Server;

  private constructor() {
    this.#keys.set('first', first);
    this.#server = createServer((request, response) => {
      if (request.url?.startsWith('/silence') || this.mood === 'silence') return;
      this.fetches += 1;
      if (this.mood === 'error') response.writeHead(500).end();
      else if (this.mood === 'redirect' && !request.url?.startsWith('/elsewhere')) {
        response.writeHead(302, { location: '/elsewhere' }).end();
      } else if (this.mood === 'nonsense') response.end('<html>');
      else response.end(JSON.stringify({ keys: this.#jwks() }));
    });
  }

  static async start(): Promise<Issuer> {
    const issuer = new Issuer();
    await new Promise<void>((resolve) => issuer.#server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  get jwksUri(): string {
    return `${this.url}/.well-known/jwks.json`;
  }

  addKey(kid: string): void {
    this.#keys.set(kid, newKey());
  }

  removeKey(kid: string): void {
    this.#keys.delete(kid);
  }

  /** A good token, but for what is said. `undefined` leaves a claim out. */
  token(claims: Claims = {}, header: Claims = {}): string {
    const kid = String(header.kid ?? 'first');
    const { privateKey } = this.#keys.get(kid) ?? foreign;
    const now = Math.floor(Date.now() / 1000);
    const text = `${base64({ alg: 'RS256', typ: 'JWT', kid, ...header })}.${base64({
      iss: this.url,
      aud: this.audience,
      sub: 'ada',
      iat: now,
      exp: now + 300,
      ...claims,
    })}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  }

  /** A token with a signature that is none: algorithm `none`. */
  unsigned(): string {
    const [, payload] = this.token().split('.');
    return `${base64({ alg: 'none', typ: 'JWT', kid: 'first' })}.${payload}.AA`;
  }

  /** A good token whose claims were changed after it was signed. */
  forged(claims: Claims): string {
    const [header, payload = '', signature] = this.token().split('.');
    const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...claims };
    return `${header}.${base64(changed)}.${signature}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #jwks(): unknown[] {
    return [...this.#keys].map(([kid, { publicKey }]) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid,
      alg: 'RS256',
      use: 'sig',
    }));
  }
}
