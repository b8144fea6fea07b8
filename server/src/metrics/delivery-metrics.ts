import { Counter, type Registry } from 'prom-client';

/** What is sent to others: webhooks, e-mails, text and push messages. */
export class DeliveryMetrics {
  readonly #webhooks;
  readonly #mails;
  readonly #notifications;

  constructor(registers: Registry[]) {
    const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
      new Counter({ name, help, labelNames, registers });
    this.#webhooks = counter(
      'televisit_webhook_deliveries_total',
      'Attempts to deliver webhooks; dead: after the last retry.',
      'outcome',
    );
    this.#mails = counter('televisit_mails_total', 'Attempts to send e-mails.', 'outcome');
    this.#notifications = counter(
      'televisit_notifications_total',
      'Attempts to send text and push messages.',
      'channel',
      'outcome',
    );
    // A counter that appears with its first dead delivery has no increase that an alert could see.
    for (const outcome of ['delivered', 'retried', 'dead']) this.#webhooks.inc({ outcome }, 0);
    for (const outcome of ['sent', 'failed']) this.#mails.inc({ outcome }, 0);
  }

  /** Counts an attempt by the state that the delivery is in afterwards. */
  webhook(state: 'delivered' | 'pending' | 'dead'): void {
    this.#webhooks.inc({ outcome: state === 'pending' ? 'retried' : state });
  }

  /** Returns a transport of e-mails that counts. */
  mailTransport<Mail>(transport: { send(mail: Mail, closing: AbortSignal): Promise<void> }) {
    return {
      send: async (mail: Mail, closing: AbortSignal) => {
        try {
          await transport.send(mail, closing);
          this.#mails.inc({ outcome: 'sent' });
        } catch (error) {
          this.#mails.inc({ outcome: 'failed' });
          throw error;
        }
      },
    };
  }

  /** Returns a notifier that counts. */
  notifier<Message extends { readonly channel: 'sms' | 'push' }, Answer extends { readonly outcome: string }>(
    notifier: Notifier<Message, Answer>,
  ): Notifier<Message, Answer> {
    return {
      send: async (message, signal) => {
        const answer = await notifier.send(message, signal);
        this.#notifications.inc({ channel: message.channel, outcome: answer.outcome });
        return answer;
      },
      close: () => notifier.close(),
    };
  }
}

interface Notifier<Message, Answer> {
  send(message: Message, signal: AbortSignal): Promise<Answer>;
  close(): void;
}
