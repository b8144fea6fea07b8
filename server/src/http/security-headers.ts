import { createHash } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';

/** Grants camera, microphone and screen to this origin only, and features that no page uses to none. */
const PERMISSIONS_POLICY = [
  'camera=(self)',
  'microphone=(self)',
  'display-capture=(self)',
  'fullscreen=(self)',
  'picture-in-picture=(self)',
  'screen-wake-lock=(self)',
  'speaker-selection=(self)',
  'autoplay=(self)',
  ...[
    'accelerometer',
    'encrypted-media',
    'geolocation',
    'gyroscope',
    'hid',
    'idle-detection',
    'local-fonts',
    'magnetometer',
    'midi',
    'payment',
    'publickey-credentials-get',
    'serial',
    'usb',
    'xr-spatial-tracking',
  ].map((feature) => `${feature}=()`),
].join(', ');

/**
 * The policies of the join page: for the address of its service worker (`push-messages.ts`), and for that of the worker that turns
 * speech into text (`speech-engine.ts`).
 */
const TRUSTED_TYPES = "require-trusted-types-for 'script'; trusted-types televisit televisit-speech";

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

/** Adds a policy under which browsers refuse to turn text into HTML or scripts (Trusted Types). */
export const requireTrustedTypes: RequestHandler = (_request, response, next) => {
  response.appendHeader('Content-Security-Policy', TRUSTED_TYPES);
  next();
};

/** Lets a script that runs as a worker compile WebAssembly, which no page may: a worker has the policy of its own response. */
export function allowWasm(response: Response): void {
  const policy = String(response.getHeader('Content-Security-Policy'));
  response.setHeader('Content-Security-Policy', policy.replace("script-src 'self'", "$& 'wasm-unsafe-eval'"));
}

/** Returns the content security policy of a page without scripts that loads nothing. @param style its style sheet */
export function scriptlessPagePolicy(style: string, formAction: "'self'" | "'none'"): string {
  const hash = createHash('sha256').update(style).digest('base64');
  return [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    `form-action ${formAction}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
