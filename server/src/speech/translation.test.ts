import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { translationProblems } from './translation-settings.ts';
import { LibreTranslate } from './translation.ts';

type Handler = (body: Record<string, unknown>, response: ServerResponse, request: IncomingMessage) => void;

async function service(handler: Handler, timeoutMs = 5000) {
  const server = createServer((request, response) => {
    void text(request).then((body) =>
      handler(JSON.parse(body) as Record<string, unknown>, response, request),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new LibreTranslate({ url, apiKey: 'key', clock: systemClock, timeoutMs });
}
const json = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

describe('LibreTranslate.translate', () => {
  it('sends text, languages without regions, and the key, and returns the translation', async () => {
    const asked: unknown[] = [];
    const translator = await service((body, response, { url, method }) => {
      asked.push({ ...body, path: `${method} ${url}` });
      json(response, 200, { translatedText: 'Nehmen Sie zwei.' });
    });
    expect(await translator.translate('Take two.', 'en-US', 'de')).toBe('Nehmen Sie zwei.');
    expect(asked).toEqual([
      {
        q: 'Take two.',
        source: 'en',
        target: 'de',
        format: 'text',
        api_key: 'key',
        path: 'POST /translate',
      },
    ]);
  });

  it.each<[string, Handler]>([
    ['an error', (_, response) => json(response, 403, { error: 'Invalid API key' })],
    ['an answer without a text', (_, response) => json(response, 200, { translated: 'x' })],
    ['an answer that is no JSON', (_, response) => response.end('<html>')],
    [
      'a redirect',
      (_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/translate' }).end(),
    ],
    ['an endless answer', (_, response) => response.end(`"${'x'.repeat(200_000)}"`)],
    ['a cut connection', (_, response) => response.destroy()],
  ])('throws TranslationError after %s', async (_, handler) => {
    const translator = await service(handler);
    await expect(translator.translate('a', 'en', 'de')).rejects.toMatchObject({ name: 'TranslationError' });
  });

  it('throws TranslationError if the service does not answer in time', async () => {
    const translator = await service(() => undefined, 50);
    await expect(translator.translate('a', 'en', 'de')).rejects.toThrow(/did not answer within 50 ms/);
  });
});

describe('translationProblems', () => {
  it('names a key without a service, and in production an address that is public and not encrypted', () => {
    expect(translationProblems({ TRANSLATE_API_KEY: 'k' }, false)).toHaveLength(1);
    expect(translationProblems({ TRANSLATE_URL: 'http://translate.example.org' }, true)).toHaveLength(1);
    expect(translationProblems({ TRANSLATE_URL: 'http://translate.example.org' }, false)).toEqual([]);
    expect(translationProblems({ TRANSLATE_URL: 'http://translate:5000' }, true)).toEqual([]);
    expect(translationProblems({ TRANSLATE_URL: 'https://translate.example.org' }, true)).toEqual([]);
  });
});
