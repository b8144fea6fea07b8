import { parseJoinLink } from '../../app/join-link.ts';

/**
 * Whether this browser receives push messages about the visit: `off`, `on`, `blocked` by the participant or the browser's
 * settings, or `failed` to set up, for example because its push service can't be reached.
 */
export type PushStanding = 'off' | 'on' | 'blocked' | 'failed';

/** The service worker that shows the messages, beside the page (`client/public/push-worker.js`). */
const WORKER = 'push-worker.js';
/** Vouches for the address of the service worker; the content security policy of the page forbids other policies. */
const policy =
  typeof trustedTypes === 'undefined'
    ? null
    : trustedTypes.createPolicy('televisit', {
        createScriptURL: (address) => {
          if (new URL(address, location.href).origin !== location.origin) throw new TypeError(address);
          return address;
        },
      });

/** How long the browser and the server may take, in milliseconds. */
const TIMEOUT_MS = 20_000;

/** Returns whether this browser can receive push messages for this page. Frames of other sites may not ask for them. */
export function supportsPush(): boolean {
  return (
    'serviceWorker' in navigator &&
    'PushManager' in globalThis &&
    'Notification' in globalThis &&
    parent === window
  );
}

/** Subscribes this browser to push messages about a visit (Push API), and tells the server. */
export class PushMessages {
  readonly #link: () => string | null;
  readonly #key: string;

  /**
   * @param link returns the participant's join link with its token; null without one
   * @param key the server's public key, in base64url
   */
  constructor(link: () => string | null, key: string) {
    this.#link = link;
    this.#key = key;
  }

  /** Asks the participant for permission, subscribes, and sends the subscription to the server. Never throws. */
  async turnOn(): Promise<PushStanding> {
    try {
      if ((await Notification.requestPermission()) !== 'granted') return 'blocked';
      const subscription = await withTimeLimit(this.#subscribe());
      await this.#call('PUT', subscription.toJSON());
      return 'on';
    } catch {
      return 'failed';
    }
  }

  /** Ends the messages about this visit, in all browsers of the participant. Never throws. */
  async turnOff(): Promise<PushStanding> {
    try {
      await this.#call('DELETE');
      return 'off';
    } catch {
      return 'on';
    }
  }

  async #subscribe(): Promise<PushSubscription> {
    const { baseUrl } = this.#visit();
    const address = `${baseUrl}/${WORKER}`;
    const worker = await navigator.serviceWorker.register(policy?.createScriptURL(address) ?? address, {
      scope: `${baseUrl}/`,
    });
    await active(worker);
    const known = await worker.pushManager.getSubscription();
    if (known && hasKey(known, this.#key)) return known;
    // Made with another key of the server, which can't be used any longer.
    await known?.unsubscribe();
    return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: this.#key });
  }

  /** @throws {Error} if the visit was closed */
  #visit() {
    const visit = parseJoinLink(this.#link() ?? location.href);
    if (!visit) throw new Error('The page has no visit.');
    return visit;
  }

  /** @throws {Error} if the server refuses or can't be reached */
  async #call(method: 'PUT' | 'DELETE', body?: object): Promise<void> {
    const { baseUrl, sessionId, token } = this.#visit();
    const response = await fetch(`${baseUrl}/api/v1/visits/${encodeURIComponent(sessionId)}/push`, {
      method,
      headers: {
        Authorization: `Bearer ${token ?? ''}`,
        ...(body ? { 'Content-Type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`The server answered with ${response.status}.`);
  }
}

/** Waits until a worker is active, which `subscribe` requires. */
function active(registration: ServiceWorkerRegistration): Promise<void> {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active || !worker) return Promise.resolve();
  return new Promise((resolve, reject) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') resolve();
      if (worker.state === 'redundant') reject(new Error('The service worker is redundant.'));
    });
  });
}

function hasKey({ options }: PushSubscription, key: string): boolean {
  if (!options.applicationServerKey) return false;
  const bytes = String.fromCharCode(...new Uint8Array(options.applicationServerKey));
  const known = btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return known === key;
}

/** Some browsers never answer if their push service can't be reached. */
function withTimeLimit<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The browser does not answer.')), TIMEOUT_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
