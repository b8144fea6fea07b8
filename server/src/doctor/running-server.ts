import type { WebhookEndpointView, WebhookTestResult } from '@televisit/shared/webhook-endpoints';
import { failed, passed, type Finding, type Subject } from './finding.ts';

const DEADLINE_MS = 2_000;
/** Longer than the server waits for the answer of an endpoint. */
const TEST_DEADLINE_MS = 40_000;

/** The server of these settings on this machine, if it runs. */
export class RunningServer {
  readonly #url: string;
  readonly #secret: string | null;
  #isRunning: Promise<boolean> | undefined;

  /** @param secret the internal secret; null if it is not in the settings */
  constructor(port: number, secret: string | null) {
    this.#url = `http://localhost:${port}`;
    this.#secret = secret;
  }

  isRunning(): Promise<boolean> {
    this.#isRunning ??= fetch(`${this.#url}/healthz`, { signal: AbortSignal.timeout(DEADLINE_MS) }).then(
      ({ ok }) => ok,
      () => false,
    );
    return this.#isRunning;
  }

  /** The webhook endpoints: the server sends each a test event. */
  webhooks(): Subject {
    return {
      name: 'webhooks',
      check: async () => {
        if (!(await this.isRunning()))
          return [passed('endpoints', 'are checked while the server runs', true)];
        if (this.#secret === null)
          return [passed('endpoints', 'are checked if INTERNAL_SECRET is set', true)];
        const list = await this.#call<{ endpoints: WebhookEndpointView[] }>('GET', '/webhook-endpoints');
        if (list === null) {
          const remedy = 'Restart the server with the settings that are checked here.';
          return [failed('endpoints', 'the running server refuses INTERNAL_SECRET', remedy)];
        }
        return Promise.all(list.endpoints.map((endpoint) => this.#test(endpoint)));
      },
    };
  }

  async #test({ endpointId, url, enabled, disabledReason }: WebhookEndpointView): Promise<Finding> {
    const { host } = new URL(url);
    if (!enabled) return passed(host, `is disabled (${disabledReason ?? 'manual'})`, true);
    const result = await this.#call<WebhookTestResult>('POST', `/webhook-endpoints/${endpointId}/test`);
    if (result?.delivered) return passed(host, `accepts events in ${result.milliseconds} ms`);
    const reason = result?.status == null ? (result?.error ?? 'no answer') : `status ${result.status}`;
    return failed(
      host,
      `does not accept events: ${reason}`,
      'Its receiver must respond with 2xx (docs/INTEGRATION.md).',
    );
  }

  async #call<T>(method: string, path: string): Promise<T | null> {
    try {
      const response = await fetch(`${this.#url}/api/v1${path}`, {
        method,
        headers: { 'X-Internal-Secret': this.#secret ?? '' },
        signal: AbortSignal.timeout(TEST_DEADLINE_MS),
      });
      return response.ok ? ((await response.json()) as T) : null;
    } catch {
      return null;
    }
  }
}
