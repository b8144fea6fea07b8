import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';

/** A person's stream, as the service sees it. */
export interface CaptionsStream {
  readonly url: URL;
  readonly authorization: string | undefined;
  /** The bytes of sound so far. */
  bytes: number;
  /** The types of the messages, in their order. */
  readonly messages: string[];
  readonly socket: WebSocket;
  say(text: string, options: { start: number; duration: number; isFinal: boolean }): void;
}

/** A service with the live API of Deepgram, which says what a test lets it say. */
export class CaptionsService {
  readonly streams: CaptionsStream[] = [];
  readonly url: string;
  /** The status with which it refuses streams; null to accept them. */
  refusal: number | null = null;

  private constructor(port: number) {
    this.url = `ws://127.0.0.1:${port}/v1/listen`;
  }

  /** Listens until the test ends. @param onMessage gets each message of a client */
  static async start(
    onMessage: (stream: CaptionsStream, type: string) => void = () => undefined,
  ): Promise<CaptionsService> {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      verifyClient: (_info, done) => (service.refusal ? done(false, service.refusal) : done(true)),
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const service = new CaptionsService((server.address() as AddressInfo).port);
    server.on('connection', (socket, request) => {
      const stream: CaptionsStream = {
        url: new URL(request.url ?? '', service.url),
        authorization: request.headers.authorization,
        bytes: 0,
        messages: [],
        socket,
        say: (transcript, { start, duration, isFinal }) => {
          const channel = { alternatives: [{ transcript, confidence: 0.98, words: [] }] };
          const result = { start, duration, is_final: isFinal, speech_final: isFinal, channel };
          socket.send(JSON.stringify({ type: 'Results', channel_index: [0, 1], ...result }));
        },
      };
      service.streams.push(stream);
      socket.on('message', (data, isBinary) => {
        if (isBinary) {
          stream.bytes += (data as Buffer).length;
          return;
        }
        const { type } = JSON.parse((data as Buffer).toString()) as { type: string };
        stream.messages.push(type);
        onMessage(stream, type);
        if (type === 'CloseStream') socket.close();
      });
    });
    onTestFinished(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    return service;
  }
}
