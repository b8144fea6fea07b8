/**
 * The addresses to which the browser SDK of Agora connects, for `connect-src` of the page when Agora is set up (Agora,
 * "Firewall requirements", RTC SDK for Web). Media servers have names below these domains and ports from 4700 to 5000.
 */
export const AGORA_ORIGINS: readonly string[] = [
  'agora.io',
  'sd-rtn.com',
  'rtnsvc.com',
  'rtesvc.com',
].flatMap((domain) => [`https://*.${domain}:*`, `wss://*.${domain}:*`]);
