import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Backend } from '../clients/backend.ts';
import { ask, handshake, inParallel, insiders, someAddress, Tally, type Attack } from './attack.ts';
import { badTokens, forgedToken } from './bad-tokens.ts';
import { RawWebSocket, upgradeRequest } from './raw-web-socket.ts';

const HANDSHAKES = 10_000;
const IDLE = 2_000;
/** Of one participant: as many connections a minute as the limit of a person allows. */
const PREVIEWS = 60;
/** The member of a room keeps this many pages outside the call. */
const KEPT_PREVIEWS = 4;
/** A connection without a token is cut after this time, with some more for a busy machine, in milliseconds. */
const TOKEN_MS = 10_000 + 5_000;

/** Every fourth over HTTP, the others at the socket. */
export const badHandshakes: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const [victim] = await insiders(url, 1);
  const { token, sessionId } = victim!;
  // Signing costs the attacker more than checking costs the server.
  const bad = badTokens(() => token).flatMap(({ name, make }) =>
    Array.from({ length: 20 }, () => ({ name, token: make() })),
  );
  const others = ['null', '{}', '\u0000'.repeat(100), 'x'.repeat(50_000), `${token}.${token}`, `${token} `];
  const all = [...bad, ...others.map((text) => ({ name: 'garbage', token: text }))];
  await inParallel(HANDSHAKES * share, 48, async (index) => {
    const { name, token: wrong } = all[index % all.length]!;
    if (index % 4 === 0) {
      const headers = { Authorization: `Bearer ${wrong.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 8000)}` };
      const { status, text } = await ask(url, `/api/v1/visits/${sessionId}`, { headers });
      if (status < 400) tally.gotIn(`${name} over HTTP`);
      tally.answer(/"code":"(\w+)"/.exec(text)?.[1] ?? String(status));
      return;
    }
    const { socket, answer } = await handshake(url, wrong, sessionId);
    socket?.destroy();
    if (answer === 'connected') tally.gotIn(`${name} at the socket`);
    tally.answer(answer);
  });
  return tally.outcome;
};

/** Pages of other sites, with a valid token: over WebSocket, long polling and HTTP. */
export const foreignOrigins: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const [{ token, sessionId } = { token: '', sessionId: '' }] = await insiders(url, 1);
  const { host } = new URL(url);
  const origins = [
    'https://evil.test',
    'null',
    'http://127.0.0.1:1',
    `http://${host}.evil.test`,
    `http://evil.test#${host}`,
    `http://${host}@evil.test`,
    `http://evil.test/${host}`,
    'file://',
    'data:text/html,x',
    '',
  ];
  await inParallel(1_000 * share, 16, async (index) => {
    const origin = origins[index % origins.length]!;
    const headers = { Origin: origin, Host: host };
    const { socket, answer } = await handshake(url, token, sessionId, { headers });
    socket?.destroy();
    if (answer === 'connected') tally.gotIn(`a WebSocket of ${origin || 'an empty origin'}`);
    tally.answer(answer);
    const polled = await ask(url, '/signaling/?EIO=4&transport=polling', { headers });
    if (polled.status === 200) tally.gotIn(`long polling of ${origin || 'an empty origin'}`);
    tally.answer(`polling ${polled.status}`);
    const read = await ask(url, `/api/v1/visits/${sessionId}`, {
      headers: { ...headers, Authorization: `Bearer ${token}` },
    });
    if (read.headers['access-control-allow-origin'] !== undefined) tally.gotIn(`a response for ${origin}`);
    tally.answer(`HTTP ${read.status} without CORS`);
  });
  return tally.outcome;
};

/** Links that were good once, or are good elsewhere, at the socket, in the preview and for files. */
export const stolenTokens: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const backend = new Backend(url);
  const [other, ended, revoked, removed, cancelled] = await insiders(url, 5);
  await backend.api.endSession(ended!.sessionId);
  await backend.api.cancelSession(cancelled!.sessionId);
  await backend.api.revokeLinks(revoked!.sessionId, 'patient');
  await backend.api.removeParticipant(removed!.sessionId, 'patient');
  const { sessionId: own } = await backend.createVisit();
  const stolen = [
    { name: 'of another session', token: other!.token, sessionId: own },
    {
      name: 'of another session, renamed',
      token: forgedToken(other!.token, { sid: own }, 'HS256', 'guess'.repeat(9)),
      sessionId: own,
    },
    { name: 'after the end', ...ended! },
    { name: 'after a cancellation', ...cancelled! },
    { name: 'after revocation', ...revoked! },
    { name: 'of a removed person', ...removed! },
  ];
  await inParallel(600 * share, 8, async (index) => {
    const { name, token, sessionId } = stolen[index % stolen.length]!;
    const { socket, answer } = await handshake(url, token, sessionId);
    socket?.destroy();
    if (answer === 'connected') tally.gotIn(`a token ${name}`);
    tally.answer(answer);
    for (const path of [`/api/v1/visits/${sessionId}/files/file_1`, `/api/v1/visits/${sessionId}/feedback`]) {
      const isFeedback = path.endsWith('feedback');
      const answer = await ask(url, path, {
        method: isFeedback ? 'POST' : 'GET',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        ...(isFeedback ? { body: '{"rating":5}' } : {}),
      });
      // Feedback may come after the visit.
      if (
        answer.status < 300 &&
        !(isFeedback && (name === 'after the end' || name === 'after a cancellation'))
      )
        tally.gotIn(`${path} with a token ${name}`);
      tally.answer(`HTTP ${answer.status}`);
    }
  });
  return tally.outcome;
};

/** Connections without a token: from many addresses, and 300 of one address, of which only 200 may wait. */
export const idleBeforeHandshake: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const count = Math.ceil(IDLE * share);
  const sockets: RawWebSocket[] = [];
  await inParallel(count, 48, async (index) => {
    const address = index < 300 * share * 2 ? '100.64.0.1' : `100.65.${index % 40}.1`;
    const socket = await RawWebSocket.open(url, { address }).catch(() => null);
    if (socket) sockets.push(socket);
    tally.answer(socket ? 'opened' : 'refused');
  });
  await Promise.race([Promise.all(sockets.map(({ closed }) => closed)), wait(TOKEN_MS)]);
  const open = sockets.filter(({ isOpen }) => isOpen);
  for (const socket of open) {
    tally.gotIn('a connection without a token that stays open');
    socket.destroy();
  }
  return tally.outcome;
};

/** Valid links, each opened again and again without joining. */
export const idleAfterHandshake: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const people = await insiders(url, Math.ceil((IDLE * share) / PREVIEWS));
  const open = new Map<string, RawWebSocket[]>();
  await inParallel(people.length * PREVIEWS, 32, async (index) => {
    const { token, sessionId } = people[index % people.length]!;
    const { socket, answer } = await handshake(url, token, sessionId);
    tally.answer(answer);
    if (socket && answer === 'connected') open.set(sessionId, [...(open.get(sessionId) ?? []), socket]);
    else socket?.destroy();
  });
  // A page that is replaced is disconnected after it was told.
  await wait(3_000);
  for (const sockets of open.values()) {
    const kept = sockets.filter(({ isOpen }) => isOpen);
    if (kept.length > KEPT_PREVIEWS) tally.gotIn(`${kept.length} connections of one person`);
    for (const socket of kept) socket.destroy();
  }
  return tally.outcome;
};

/** Requests for the Upgrade that never end, and WebSockets whose first frame never ends. */
export const slowUpgrades: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const { port, hostname } = new URL(url);
  const count = Math.ceil(500 * share);
  const closed: Promise<string>[] = [];
  for (let index = 0; index < count; index++) {
    const socket = connect(Number(port), hostname);
    const request = upgradeRequest({ address: someAddress() });
    // Half of them never finish their headers, the others the frame with their token.
    socket.write(index % 2 === 0 ? `${request}X-Slow: ` : `${request}\r\n`);
    const drip = setInterval(() => socket.write(index % 2 === 0 ? 'x' : Buffer.from([0x81])), 500);
    socket.on('error', () => undefined);
    socket.resume();
    closed.push(
      Promise.race([
        new Promise<string>((resolve) => socket.once('close', () => resolve('cut'))),
        wait(TOKEN_MS, 'stays open'),
      ]).then((end) => {
        clearInterval(drip);
        socket.destroy();
        return end;
      }),
    );
  }
  for (const end of await Promise.all(closed)) {
    if (end !== 'cut') tally.gotIn('a request for the Upgrade without an end');
    tally.answer(end);
  }
  return tally.outcome;
};
