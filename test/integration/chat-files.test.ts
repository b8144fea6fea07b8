import type { ChatFileView, ChatMessageList } from '@televisit/shared/features/chat';
import { MAX_FILE_BYTES } from '@televisit/shared/vocabulary';
import { beforeEach, describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';
import { tokenOf } from '../support/clients/backend.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const BYTES = crypto.getRandomValues(new Uint8Array(5000));

let server: TestServer;
let sessionId: string;
let patient: ProtocolClient;
const tokens = { patient: '', doctor: '' };

beforeEach(async () => {
  server = await startServer();
  await visit();
});

/** Creates a visit whose patient is in it; the doctor has a link and was never there. */
async function visit(keepChat = false): Promise<void> {
  const seats = [
    { userId: 'patient', role: 'patient' as const, displayName: 'Zoë' },
    { userId: 'guest', role: 'guest' as const },
  ];
  ({ sessionId } = await server.createVisit(undefined, { options: { keepChat }, seats }));
  tokens.patient = tokenOf(await server.joinUrl(sessionId, 'patient'));
  tokens.doctor = tokenOf(await server.joinUrl(sessionId, 'doctor'));
  patient = await ProtocolClient.join(server, sessionId, 'patient');
}

const as = (token: string, headers: Record<string, string> = {}) => ({
  'X-Internal-Secret': '',
  Authorization: `Bearer ${token}`,
  ...headers,
});

function upload(bytes: Uint8Array = BYTES, headers: Record<string, string> = {}, token = tokens.patient) {
  const path = `/api/v1/visits/${sessionId}/files`;
  const type = { 'Content-Type': 'image/png', 'X-File-Name': encodeURIComponent('Röntgen.png') };
  return server.call<ChatFileView & { code?: string }>(
    'POST',
    path,
    bytes,
    as(token, { ...type, ...headers }),
  );
}

function download(fileId: string, token = tokens.patient) {
  const path = `/api/v1/visits/${sessionId}/files/${fileId}`;
  return server.call<Uint8Array & { code?: string }>('GET', path, undefined, as(token));
}

describe('a file of the chat', () => {
  it('a file downloads as it was uploaded, always as an attachment, and never as a page of the server', async () => {
    const { status, body } = await upload();
    expect(status).toBe(201);
    expect(body).toEqual({
      fileId: expect.any(String) as string,
      name: 'Röntgen.png',
      contentType: 'image/png',
      bytes: BYTES.length,
    });
    const { status: found, headers, body: bytes } = await download(body.fileId);
    expect(found).toBe(200);
    expect(bytes).toEqual(BYTES);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': `attachment; filename="Rontgen.png"; filename*=UTF-8''R%C3%B6ntgen.png`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
      'content-length': String(BYTES.length),
    });
  });

  it.each([
    ['text/html', '<script>alert(1)</script>'],
    ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['application/json', '{"__proto__":{"a":1}}'],
  ])('a file of type %s is served as plain bytes', async (type, text) => {
    const given = new TextEncoder().encode(text);
    const { body } = await upload(given, { 'Content-Type': type });
    const { headers } = await download(body.fileId);
    expect(body.contentType).toBe(type);
    expect(headers.get('content-type')).toBe(type);
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
    expect(headers.get('content-length')).toBe(String(given.length));
  });

  it('a file without a usable name gets one', async () => {
    expect((await upload(BYTES, { 'X-File-Name': '' })).body.name).toBe('file');
    expect((await upload(BYTES, { 'X-File-Name': '..%2F..%2Fetc%2Fpasswd' })).body.name).toBe('passwd');
  });

  it('a file may have 10 MiB and not a byte more', { timeout: 30_000 }, async () => {
    const largest = new Uint8Array(MAX_FILE_BYTES).fill(7);
    const { status, body } = await upload(largest);
    expect(status).toBe(201);
    const { body: bytes } = await download(body.fileId);
    expect(Buffer.compare(bytes, largest)).toBe(0);
    const { status: refused, body: problem } = await upload(new Uint8Array(MAX_FILE_BYTES + 1));
    expect([refused, problem.code]).toEqual([413, 'file_too_large']);
  });

  it.each<[string, number, string, () => ReturnType<typeof upload>]>([
    ['is empty', 400, 'validation_failed', () => upload(new Uint8Array())],
    [
      'has a name that is not encoded',
      400,
      'validation_failed',
      () => upload(BYTES, { 'X-File-Name': '%ff' }),
    ],
    ['is compressed', 415, 'unsupported_media_type', () => upload(BYTES, { 'Content-Encoding': 'gzip' })],
    ['comes without a token', 401, 'token_missing', () => upload(BYTES, { Authorization: '' })],
    ['comes from a user who is not in the visit', 409, 'not_joined', () => upload(BYTES, {}, tokens.doctor)],
  ])('an upload that %s is refused: %i %s', async (_, status, code, send) => {
    const { status: answered, body } = await send();
    expect([answered, body.code]).toEqual([status, code]);
    expect(await server.televisit.store.features.chat.files(sessionId)).toEqual([]);
  });

  it('a file is downloaded only by participants in the visit, and a removed user uploads none', async () => {
    const { body } = await upload();
    expect((await download(body.fileId, tokens.doctor)).body.code).toBe('not_joined');
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    expect((await download(body.fileId, tokens.doctor)).status).toBe(200);
    await doctor.request('leave', {});
    await expect.poll(async () => (await download(body.fileId, tokens.doctor)).body.code).toBe('not_joined');
    await server.api.removeParticipant(sessionId, 'patient');
    expect((await download(body.fileId)).body.code).toBe('removed');
    expect((await upload()).body.code).toBe('removed');
  });

  it('a file of another visit is not found, and the token of that visit opens nothing here', async () => {
    const { body: foreign } = await upload();
    const foreignToken = tokens.patient;
    await visit();
    expect((await download(foreign.fileId)).body.code).toBe('file_not_found');
    expect((await download(foreign.fileId, foreignToken)).body.code).toBe('token_wrong_session');
    expect((await upload(BYTES, {}, foreignToken)).body.code).toBe('token_wrong_session');
    expect((await download('nothing')).body.code).toBe('file_not_found');
  });

  it('an upload is refused if chat is disabled', async () => {
    await server.api.updateSession(sessionId, { options: { chat: false } });
    expect((await upload()).body.code).toBe('chat_off');
  });

  it('a file is deleted with the visit, also for the backend', async () => {
    const { body } = await upload();
    await patient.request('chat:send', { clientId: 'a', fileId: body.fileId });
    await patient.request('chat:send', { clientId: 'b', text: 'A secret.' });
    expect(await server.api.listMessages(sessionId)).toEqual({ messages: [] });
    await expect(server.api.getFile(sessionId, body.fileId)).rejects.toMatchObject({
      code: 'file_not_found',
    });
    await server.api.endSession(sessionId);
    expect((await download(body.fileId)).body.code).toBe('session_over');
    expect((await upload()).body.code).toBe('session_over');
    const { chat } = server.televisit.store.features;
    await expect.poll(() => chat.messages(sessionId)).toEqual([]);
    await expect.poll(() => chat.files(sessionId)).toEqual([]);
    expect(await server.api.getReport(sessionId)).toMatchObject({ messages: 2 });
  });

  it('the 61st upload of a user within a minute is refused before its body is read', async () => {
    const { body } = await upload();
    const answers = await Promise.all(Array.from({ length: 60 }, () => download(body.fileId)));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
    const refused = await upload(new Uint8Array(MAX_FILE_BYTES));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('a visit that keeps its chat', () => {
  it('the backend reads a kept chat during and after the visit, which the audit log records', async () => {
    await visit(true);
    const { body: file } = await upload();
    await patient.request('chat:send', { clientId: 'a', text: 'Good morning.\nHere it is:' });
    await patient.request('chat:send', { clientId: 'b', fileId: file.fileId });
    const expected: ChatMessageList['messages'] = [
      {
        seq: 1,
        userId: 'patient',
        role: 'patient',
        displayName: 'Zoë',
        text: 'Good morning.\nHere it is:',
        file: null,
        at: expect.any(String) as string,
      },
      {
        seq: 2,
        userId: 'patient',
        role: 'patient',
        displayName: 'Zoë',
        text: null,
        file,
        at: expect.any(String) as string,
      },
    ];
    expect((await server.api.listMessages(sessionId)).messages).toEqual(expected);
    await server.api.endSession(sessionId);
    expect((await server.api.listMessages(sessionId)).messages).toEqual(expected);
    expect(await server.api.getFile(sessionId, file.fileId)).toEqual(BYTES);
    await expect(server.api.getFile(sessionId, 'nothing')).rejects.toMatchObject({ code: 'file_not_found' });
    const { entries } = await server.api.getAudit(sessionId);
    const read = entries.filter(({ action }) => action === 'chat.read');
    expect(read).toHaveLength(3);
    expect(read[0]?.actor.type).toBe('backend');
    expect(entries.filter(({ action }) => action === 'chat.file_shared')).toMatchObject([
      { userId: 'patient', details: { bytes: BYTES.length, contentType: 'image/png' } },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/morning|ntgen/);
  });

  it('the export contains what the user wrote, and the erasure deletes it', async () => {
    await visit(true);
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const { body: file } = await upload();
    await patient.request('chat:send', { clientId: 'a', fileId: file.fileId });
    await doctor.request('chat:send', { clientId: 'a', text: 'Thank you.' });
    await server.api.endSession(sessionId);
    const { sessions } = await server.api.exportUser('patient');
    expect(sessions[0]?.messages).toEqual([{ text: null, file, at: expect.any(String) as string }]);
    const { pseudonym } = await server.api.eraseUser('patient');
    expect((await server.api.listMessages(sessionId)).messages).toMatchObject([
      { userId: pseudonym, displayName: null, text: null, file: null },
      { userId: 'doctor', text: 'Thank you.' },
    ]);
    await expect(server.api.getFile(sessionId, file.fileId)).rejects.toMatchObject({
      code: 'file_not_found',
    });
  });

  it('only the backend may read a kept chat', async () => {
    await visit(true);
    const { body } = await upload();
    for (const path of ['messages', `files/${body.fileId}`]) {
      const address = `/sessions/${sessionId}/${path}`;
      expect((await server.call('GET', address, undefined, as(tokens.patient))).body.code).toBe(
        'unauthorized',
      );
    }
    await expect(server.api.listMessages('sess_nothing')).rejects.toMatchObject({
      code: 'session_not_found',
    });
    await expect(server.api.getFile('sess_nothing', body.fileId)).rejects.toMatchObject({
      code: 'session_not_found',
    });
    const other = await server.createVisit(undefined, { options: { keepChat: true } });
    await expect(server.api.getFile(other.sessionId, body.fileId)).rejects.toMatchObject({
      code: 'file_not_found',
    });
  });
});
