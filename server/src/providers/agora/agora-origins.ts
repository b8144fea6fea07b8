/**
 * The addresses to which the browser SDK of Agora connects, for `connect-src` of the page when Agora is set up (Agora,
 * "Firewall requirements", RTC SDK for Web, and the code of agora-rtc-sdk-ng 4.24). It asks for a media server by https on the
 * standard port, and talks to the media server by WebSocket: names below these domains, ports from 4700 to 5000 and 443.
 */
export const AGORA_ORIGINS: readonly string[] = [
  'agora.io',
  'sd-rtn.com',
  'rtnsvc.com',
  'rtesvc.com',
].flatMap((domain) => [`https://*.${domain}`, `wss://*.${domain}:*`]);
