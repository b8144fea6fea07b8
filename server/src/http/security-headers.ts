import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Grants camera, microphone and screen to this origin only, and other device features to none. */
const PERMISSIONS_POLICY = [
  'camera=(self)',
  'microphone=(self)',
  'display-capture=(self)',
  'fullscreen=(self)',
  'picture-in-picture=(self)',
  'screen-wake-lock=(self)',
  'speaker-selection=(self)',
  'autoplay=(self)',
  'geolocation=()',
  'payment=()',
  'usb=()',
].join(', ');

/**
 * Sets the content security policy and related headers.
 * @param secure whether people reach the server by https; otherwise HSTS and upgrades would lock them out
 * @param connectOrigins the origins to which pages connect beside this server's own
 * @param embedOrigins the origins whose pages may embed this server's pages; they delegate devices with the `allow` attribute
 */
export function securityHeaders(
  secure: boolean,
  embedOrigins: readonly string[],
  connectOrigins: readonly string[] = [],
): RequestHandler[] {
  const canEmbed = embedOrigins.length > 0;
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'", 'data:', 'blob:'],
          mediaSrc: ["'self'", 'blob:'],
          connectSrc: ["'self'", ...connectOrigins],
          workerSrc: ["'self'", 'blob:'],
          fontSrc: ["'self'"],
          objectSrc: ["'none'"],
          baseUri: ["'none'"],
          formAction: ["'self'"],
          frameAncestors: canEmbed ? [...embedOrigins] : ["'none'"],
          ...(secure ? { upgradeInsecureRequests: [] } : {}),
        },
      },
      strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
      // The query of a join link holds the token until the page has read it.
      referrerPolicy: { policy: 'no-referrer' },
      crossOriginEmbedderPolicy: false,
      // It knows no list of origins; without embedding it repeats `frame-ancestors` for old browsers.
      xFrameOptions: canEmbed ? false : { action: 'deny' },
      // Only for Internet Explorer 8 and Flash; `x-powered-by` is disabled in the app.
      xDownloadOptions: false,
      xPermittedCrossDomainPolicies: false,
      xPoweredBy: false,
    }),
    (_request, response, next) => {
      response.setHeader('Permissions-Policy', PERMISSIONS_POLICY);
      next();
    },
  ];
}
