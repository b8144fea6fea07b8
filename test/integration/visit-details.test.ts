import type { VisitBootstrap } from '@televisit/shared/api';
import type { CreateSessionRequest } from '@televisit/shared/api';
import { describe, expect, it } from 'vitest';
import { startServer } from '../support/infra/start-server.ts';
import { tokenOf } from '../support/clients/backend.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const RETURN = {
  RETURN_URL: 'https://portal.test/visits',
  RETURN_ALLOW_HOSTS: 'Clinic.test, localhost:5173',
};

async function bootstrap(server: TestServer, sessionId: string, role: 'doctor' | 'patient') {
  const token = tokenOf(await server.joinUrl(sessionId, role));
  const headers = { 'X-Internal-Secret': '', Authorization: `Bearer ${token}` };
  const path = `/api/v1/visits/${sessionId}`;
  return (await server.call<VisitBootstrap>('GET', path, undefined, headers)).body.session;
}

describe('the bootstrap of a visit', () => {
  it('the bootstrap contains the description of the visit and its seats', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit(undefined, {
      description: 'Bring your letters.\nAnd your glasses.',
      seats: [
        { userId: 'doctor', role: 'doctor', displayName: 'Dr. Jones', email: 'jones@clinic.test' },
        { userId: 'interpreter', role: 'interpreter' },
      ],
    });
    await server.api.removeParticipant(sessionId, 'interpreter');
    const session = await bootstrap(server, sessionId, 'patient');
    expect(session).toMatchObject({
      description: 'Bring your letters.\nAnd your glasses.',
      people: [
        { userId: 'doctor', role: 'doctor', displayName: 'Dr. Jones' },
        { userId: 'patient', role: 'patient', displayName: null },
      ],
    });
    expect(JSON.stringify(session)).not.toContain('jones@clinic.test');
  });
});

describe('host notes', () => {
  it('only hosts and the backend see the notes', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit(undefined, { hostNotes: 'Ask about the lab.' });
    expect((await bootstrap(server, sessionId, 'doctor')).hostNotes).toBe('Ask about the lab.');
    expect((await bootstrap(server, sessionId, 'patient')).hostNotes).toBeNull();
    expect(await server.api.getSession(sessionId)).toMatchObject({ hostNotes: 'Ask about the lab.' });
    expect(await server.api.updateSession(sessionId, { hostNotes: null })).toMatchObject({ hostNotes: null });
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.at(-1)).toMatchObject({ action: 'session.updated', details: { fields: ['hostNotes'] } });
    expect(JSON.stringify(entries)).not.toContain('lab');
  });

  it('the notes are deleted when any user of the visit is erased', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit(undefined, { hostNotes: 'Pat was late.' });
    await server.api.eraseUser('patient');
    expect(await server.api.getSession(sessionId)).toMatchObject({ hostNotes: null });
  });

  it.each(['', 'x'.repeat(10_001), 'a\u0000b', 7])('notes of %j are refused', async (hostNotes) => {
    const server = await startServer();
    const body = { appointmentId: 'a', doctorId: 'd', patientId: 'p', hostNotes };
    const answer = await server.call('POST', '/sessions', body);
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, 'hostNotes']);
  });
});

describe('the return address', () => {
  const create = (server: TestServer, plan: Partial<CreateSessionRequest> = {}) =>
    server.createVisit(undefined, plan);

  it('the page returns nowhere, to the server’s address or to the visit’s own', async () => {
    const plain = await startServer();
    const { sessionId } = await create(plain);
    expect((await bootstrap(plain, sessionId, 'patient')).returnUrl).toBeNull();

    const server = await startServer({ env: RETURN });
    const usual = await create(server);
    const own = await create(server, { returnUrl: 'https://CLINIC.test/thanks?visit=7' });
    expect((await bootstrap(server, usual.sessionId, 'patient')).returnUrl).toBe(
      'https://portal.test/visits',
    );
    expect((await bootstrap(server, own.sessionId, 'patient')).returnUrl).toBe(
      'https://clinic.test/thanks?visit=7',
    );
    expect(await server.api.getSession(usual.sessionId)).toMatchObject({ returnUrl: null });
    await server.api.updateSession(own.sessionId, { returnUrl: 'http://localhost:5173/' });
    expect((await bootstrap(server, own.sessionId, 'doctor')).returnUrl).toBe('http://localhost:5173/');
    await server.api.updateSession(own.sessionId, { returnUrl: null });
    expect((await bootstrap(server, own.sessionId, 'doctor')).returnUrl).toBe('https://portal.test/visits');
  });

  it.each([
    'https://elsewhere.test/',
    'https://portal.test.elsewhere.test/',
    'https://portal.test@elsewhere.test/',
    'https://user:secret@portal.test/',
    'javascript:alert(1)//portal.test',
    '//portal.test/',
    '/visits',
    `https://portal.test/${'x'.repeat(2000)}`,
  ])('a return address of %s is refused', async (returnUrl) => {
    const server = await startServer({ env: RETURN });
    const { sessionId } = await create(server);
    const visit = { appointmentId: 'a', doctorId: 'd', patientId: 'p', returnUrl };
    for (const answer of [
      await server.call('POST', '/sessions', visit),
      await server.call('PATCH', `/sessions/${sessionId}`, { returnUrl }),
    ]) {
      expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
      expect(answer.body.errors?.[0]?.path).toBe('returnUrl');
    }
    expect(await server.api.getSession(sessionId)).toMatchObject({ returnUrl: null });
  });

  it('a return address on a host that is not allowed is refused with a hint to the operator', async () => {
    const server = await startServer();
    const { sessionId } = await create(server);
    const answer = await server.call('PATCH', `/sessions/${sessionId}`, {
      returnUrl: 'https://portal.test/',
    });
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toMatch(/RETURN_URL.*RETURN_ALLOW_HOSTS/);
  });
});
