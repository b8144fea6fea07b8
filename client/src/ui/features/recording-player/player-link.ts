/** The parts of a link to the page that plays a recording. */
export interface PlayerLink {
  /** Where the server is: its origin, and the path of its address if it has one. */
  readonly baseUrl: string;
  /** The session and the recording, as they are in the address. */
  readonly path: { readonly session: string; readonly recording: string };
  /** What the signature of the link consists of, as a query. */
  readonly secret: string;
}

/** Reads `…/recordings/{sessionId}/{recordingId}#expires=…&signature=…`; null for any other address. */
export function parsePlayerLink(address: string): PlayerLink | null {
  const url = new URL(address);
  const [, base = '', session, recording] = /^(.*)\/recordings\/([^/]+)\/([^/]+)$/.exec(url.pathname) ?? [];
  if (session === undefined || recording === undefined) return null;
  const given = new URLSearchParams(url.hash.slice(1));
  const secret = new URLSearchParams({
    expires: given.get('expires') ?? '',
    signature: given.get('signature') ?? '',
  });
  return { baseUrl: url.origin + base, path: { session, recording }, secret: secret.toString() };
}
