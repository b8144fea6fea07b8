import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether a request comes from Twilio: `X-Twilio-Signature` is the base64 HMAC-SHA1, with the auth token, of the full URL followed
 * by the names and values of the form, sorted by name (Twilio, "Webhooks security"). Twilio may or may not include the port
 * in the URL, so both forms are tried.
 * @param url the address of the request as Twilio knows it
 */
export function isSignedByTwilio(
  authTokens: readonly string[],
  signature: string | undefined,
  url: string,
  form: URLSearchParams,
): boolean {
  const given = Buffer.from(signature ?? '', 'base64');
  const fields = sortedFields(form);
  let valid = false;
  for (const token of authTokens) {
    for (const address of withAndWithoutPort(url)) {
      const right = createHmac('sha1', token)
        .update(address + fields)
        .digest();
      if (given.length === right.length && timingSafeEqual(given, right)) valid = true;
    }
  }
  return valid;
}

function sortedFields(form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort();
  // A repeated field counts once for each different value.
  return names
    .flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value))
    .join('');
}

function withAndWithoutPort(url: string): readonly string[] {
  const { protocol, hostname, port } = new URL(url);
  const known = port || (protocol === 'https:' ? '443' : '80');
  const rest = url.slice(url.indexOf('/', protocol.length + 2));
  return [`${protocol}//${hostname}${rest}`, `${protocol}//${hostname}:${known}${rest}`];
}
