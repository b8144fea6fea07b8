/**
 * Returns whether an origin is that of the server's own page.
 * @param host the host to which the browser connected, if known
 * @param clientBaseUrl the configured address of the page
 */
export function isOwnOrigin(origin: string, host: string | undefined, clientBaseUrl: string): boolean {
  if (origin === new URL(clientBaseUrl).origin) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host;
}
