import { createRequire } from 'node:module';

/** The part of Agora's own package agora-token that reads tokens, which its types leave out. */
interface AccessToken2 {
  from_string(token: string): boolean;
  verifySignature(certificate: string): boolean;
  getServices(type: number): readonly {
    readonly __privileges: Readonly<Record<string, number>>;
    readonly __channel_name: Buffer;
    readonly __uid: Buffer;
  }[];
  readonly appId: Buffer;
  readonly issueTs: number;
  readonly expire: number;
  readonly salt: number;
}

const { AccessToken2 } = createRequire(import.meta.url)('agora-token/src/AccessToken2.js') as {
  AccessToken2: new () => AccessToken2;
};

/** What a token says. */
export interface ReadToken {
  readonly appId: string;
  /** Seconds since the Unix epoch. */
  readonly issuedAt: number;
  /** Seconds from `issuedAt`. */
  readonly expire: number;
  readonly salt: number;
  readonly channel: string;
  readonly account: string;
  /** Seconds from `issuedAt` by privilege: 1 join, 2 audio, 3 video, 4 data. */
  readonly privileges: Readonly<Record<string, number>>;
}

/** Reads a token with Agora's own code. @returns null if it is not one, or is signed with another certificate */
export function readToken(text: string, certificate: string): ReadToken | null {
  const token = new AccessToken2();
  if (!token.from_string(text) || !token.verifySignature(certificate)) return null;
  const [service, ...others] = token.getServices(1);
  if (!service || others.length > 0) return null;
  return {
    appId: token.appId.toString(),
    issuedAt: token.issueTs,
    expire: token.expire,
    salt: token.salt,
    channel: service.__channel_name.toString(),
    account: service.__uid.toString(),
    privileges: { ...service.__privileges },
  };
}
