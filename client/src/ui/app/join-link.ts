/** The parts of a join link. */
export interface JoinLink {
  readonly sessionId: string;
  readonly token: string | null;
  /** Where the server is: its origin, and the path of its address if it has one. */
  readonly baseUrl: string;
  /** The address without the token, to be shown instead. */
  readonly cleanPath: string;
}

/** Reads `…/join/{sessionId}?token=…`; null for any other address. */
export function parseJoinLink(address: string): JoinLink | null {
  const url = new URL(address);
  const [, basePath, encoded] = /^(.*)\/join\/([^/]+)\/?$/.exec(url.pathname) ?? [];
  if (encoded === undefined) return null;
  let sessionId: string;
  try {
    sessionId = decodeURIComponent(encoded);
  } catch {
    return null;
  }
  const token = url.searchParams.get('token');
  return {
    sessionId,
    token: token === '' ? null : token,
    baseUrl: url.origin + (basePath ?? ''),
    cleanPath: `${basePath ?? ''}/join/${encoded}`,
  };
}
