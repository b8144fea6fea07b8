import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';

/** A received mail. */
export interface Received {
  readonly from: string;
  readonly to: string;
  /** As it was sent, with headers. */
  readonly raw: string;
  readonly mail: Email;
}

/** The server's response to a mail: null accepts it, a number refuses it with that reply code. */
export type Reply = number | null;

export interface MailboxOptions {
  /** Required login; none by default. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Offers STARTTLS, with an untrusted certificate. */
  readonly tls?: boolean;
}

/** A real SMTP server on the loopback address that keeps received mails. */
export class Mailbox {
  readonly received: Received[] = [];
  /** Decides when the sender is named. */
  onSender: (address: string) => Reply = () => null;
  /** Decides when a recipient is named. */
  onRecipient: (address: string) => Reply = () => null;
  /** Decides when a whole mail has arrived; a promise delays the response. */
  onMail: (to: string) => Reply | Promise<Reply> = () => null;
  /** Number of connections so far. */
  connections = 0;
  readonly #options: MailboxOptions;
  #server: SMTPServer | undefined;
  #port = 0;

  private constructor(options: MailboxOptions) {
    this.#options = options;
  }

  /** Closed after the test. */
  static async start(options: MailboxOptions = {}): Promise<Mailbox> {
    const mailbox = new Mailbox(options);
    await mailbox.start();
    onTestFinished(() => mailbox.stop());
    return mailbox;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  /** Settings of a server that sends its mail here. */
  get env(): Record<string, string> {
    return { SMTP_URL: this.url, MAIL_FROM: 'Clinic North <no-reply@clinic.test>' };
  }

  /** Returns the mails to an address. */
  to(address: string): Received[] {
    return this.received.filter(({ to }) => to === address);
  }

  /** Starts, or restarts on the same port. */
  async start(): Promise<void> {
    const { login, tls } = this.#options;
    const server = new SMTPServer({
      authOptional: !login,
      disabledCommands: [...(login ? [] : ['AUTH']), ...(tls ? [] : ['STARTTLS'])],
      logger: false,
      onConnect: (_session, callback) => {
        this.connections += 1;
        callback();
      },
      onAuth: ({ username, password }, _session, callback) => {
        if (username === login?.user && password === login?.password) callback(null, { user: username });
        else callback(refusal(535));
      },
      onMailFrom: ({ address }, _session, callback) => {
        const code = this.onSender(address);
        callback(code === null ? null : refusal(code, address));
      },
      onRcptTo: ({ address }, _session, callback) => {
        const code = this.onRecipient(address);
        callback(code === null ? null : refusal(code, address));
      },
      onData: (stream, { envelope }, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const to = envelope.rcptTo[0]?.address ?? '';
          const from = envelope.mailFrom ? envelope.mailFrom.address : '';
          const raw = Buffer.concat(chunks).toString();
          void Promise.resolve(this.onMail(to)).then(async (code) => {
            if (code === null) this.received.push({ from, to, raw, mail: await PostalMime.parse(raw) });
            callback(code === null ? null : refusal(code, to));
          });
        });
      },
    });
    server.on('error', () => undefined);
    this.#server = server;
    const listener = server.listen(this.#port, '127.0.0.1');
    await once(listener, 'listening');
    this.#port = (listener.address() as AddressInfo).port;
  }

  /** Stops listening; the port stays free. Idempotent. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  }
}

function refusal(responseCode: number, address = ''): Error {
  return Object.assign(new Error(`Refused, ${address}`), { responseCode });
}
