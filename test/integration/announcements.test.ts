import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';

const LATE = 'The doctor is ten minutes late.';

describe('POST /sessions/:sessionId/announcements', () => {
  it('an announcement reaches everyone in the call, the waiting room and the preview, and the response counts them', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit('one', {
      options: { waitingRoom: 'admit', maxParticipants: 4 },
      seats: [{ userId: 'observer', role: 'observer' }],
    });
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.wait(server, sessionId, 'patient');
    const observer = await ProtocolClient.open(server, sessionId, 'observer');
    const again = await ProtocolClient.open(server, sessionId, 'observer');
    const everybody = [doctor, patient, observer, again];
    for (const one of [observer, again]) await one.prepare();
    expect(await server.api.announce(sessionId, { text: LATE })).toEqual({ delivered: 3 });
    for (const one of everybody) {
      await expect
        .poll(() => one.received('announcement'))
        .toEqual([{ text: LATE, at: expect.stringMatching(/^\d{4}-.*Z$/) as unknown }]);
    }
  });

  it('the audit log contains an announcement without its text', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    await ProtocolClient.join(server, sessionId, 'doctor');
    await server.api.announce(sessionId, { text: LATE });
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.filter(({ action }) => action === 'announcement.made')).toEqual([
      expect.objectContaining({
        actor: expect.objectContaining({ type: 'backend' }) as unknown,
        details: {},
      }),
    ]);
    expect(JSON.stringify(entries)).not.toContain('late');
  });

  it('an announcement is refused if no one is connected, the visit is over or does not exist', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const announce = async (id: string) => {
      const { status, body } = await server.call('POST', `/sessions/${id}/announcements`, { text: LATE });
      return [status, body.code];
    };
    expect(await announce(sessionId)).toEqual([409, 'nobody_here']);
    expect((await server.api.getAudit(sessionId)).entries.map(({ action }) => action)).toEqual([
      'session.created',
    ]);
    await server.api.endSession(sessionId);
    expect(await announce(sessionId)).toEqual([409, 'session_closed']);
    expect(await announce('sess_00000000')).toEqual([404, 'session_not_found']);
  });

  it.each([
    ['no text', {}],
    ['an empty text', { text: '' }],
    ['a blank text', { text: '  ' }],
    ['two lines', { text: 'one\ntwo' }],
    ['a text too long', { text: 'x'.repeat(501) }],
    ['more than a text', { text: LATE, to: 'patient' }],
  ])('an announcement of %s is refused', async (_, body) => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const answer = await server.call('POST', `/sessions/${sessionId}/announcements`, body);
    expect(answer.status).toBe(400);
  });
});
