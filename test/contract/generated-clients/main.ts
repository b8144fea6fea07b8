// Uses the client that openapi-generator makes for typescript-fetch; generated-clients.test.ts compiles and runs it.
import { Configuration, PeopleApi, ReportsApi, ResponseError, SessionsApi } from './generated';

const configuration = new Configuration({
  basePath: `${process.env['API_URL']}/api/v1`,
  apiKey: process.env['API_SECRET'] ?? '',
});
const sessions = new SessionsApi(configuration);
const reports = new ReportsApi(configuration);

async function main(): Promise<void> {
  const { sessionId } = await sessions.createSession({
    idempotencyKey: 'typescript-1',
    createSessionRequest: {
      appointmentId: 'typescript-1',
      doctorId: 'dr-jones',
      patientId: 'patient-7',
      title: 'Überblick',
      options: { chat: true },
      metadata: { ward: '4' },
      seats: [{ userId: 'interpreter-1', role: 'interpreter', displayName: null }],
    },
  });
  const { joinUrl } = await new PeopleApi(configuration).joinSession({
    sessionId,
    joinSessionRequest: { userId: 'patient-7', role: 'patient' },
  });
  const page = await sessions.listSessions({ status: ['scheduled', 'live'], from: new Date(2026, 0, 1) });
  await sessions.endSession({ sessionId });
  const session = await sessions.getSession({ sessionId });
  const report = await reports.getReport({ sessionId });
  const audit = await reports.getAudit({ sessionId });
  const refusal: unknown = await sessions
    .getSession({ sessionId: 'sess_00000000' })
    .catch((error: unknown) => error);
  const problem = refusal instanceof ResponseError ? await refusal.response.json() : {};
  const result = {
    joinUrl: joinUrl.startsWith('http'),
    listed: page.sessions.some((one) => one.sessionId === sessionId),
    title: session.title,
    ward: session.metadata['ward'],
    seats: session.seats.length,
    status: session.status,
    endedBy: report.endedBy?.type ?? null,
    actions: audit.entries.some(({ action }) => action === 'session.created'),
    refusal: problem.code,
  };
  console.log(JSON.stringify(result));
}

void main();
