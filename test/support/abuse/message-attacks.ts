import { setTimeout as wait } from 'node:timers/promises';
import type { MessageContract } from '@televisit/shared/core/contract';
import { CLIENT_MESSAGES, type ClientMessage } from '@televisit/shared/signaling';
import { MAX_CHAT_TEXT } from '@televisit/shared/vocabulary';
import { z } from 'zod';
import { Backend } from '../clients/backend.ts';
import { ProtocolClient, Refused } from '../clients/protocol-client.ts';
import { handshake, inParallel, insiders, someAddress, Tally, type Attack } from './attack.ts';
import { BINARY, frame, frameHeader, RawWebSocket, TEXT } from './raw-web-socket.ts';

const MESSAGES = 100_000;
/** More than the server accepts of one connection before it cuts it. */
const PER_CONNECTION = 600;
/** Fewer than a connection may send at once. */
const ANSWERED = 200;
const FLOOD_MS = 10_000;
/** Chat messages that one connection may send at once, and a second. */
const CHAT = { burst: 20, perSecond: 10 };
const BOMB_DEPTH = 30_000;

const nested = (open: string, close: string, depth = BOMB_DEPTH) => open.repeat(depth) + close.repeat(depth);
const list = (item: string, count: number) => `[${Array(count).fill(item).join(',')}]`;

/** Payloads as text: some of them cannot be written in JavaScript. */
const PAYLOADS = [
  'null',
  '5',
  '"text"',
  '[]',
  '{"text":5}',
  '{"clientId":"a","text":"x","__proto__":{"role":"doctor"}}',
  '{"constructor":{"prototype":{"role":"doctor"}}}',
  '{"clientId":"a","clientId":{"$ne":1},"text":"x","text":[]}',
  '{"live":["camera"],"device":{"toString":1}}',
  nested('[', ']'),
  nested('{"a":', '}', 10_000).replace('{"a":}', '{"a":1}'),
  list('0', 30_000),
  list('{"__proto__":[]}', 3_000),
  `{"clientId":"a","text":"${'x'.repeat(60_000)}"}`,
  '{"userId":"../../etc/passwd","source":"camera"}',
  '1e999',
  '"\\ud800"',
];
/** Names of messages: real ones, and those that a lookup might find in a prototype. */
const NAMES = [
  ...Object.keys(CLIENT_MESSAGES),
  ...['nonsense', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'token:refreshed'],
];
/** Packets that a parser refuses, after which it may close the connection. */
const BROKEN = [
  '42',
  '42[',
  '42{}',
  '42[]',
  '42[1]',
  '42["disconnect"]',
  '42["connect_error",{}]',
  '4',
  '9',
  '40/admin,{}',
  '42/admin,["join",{}]',
  '451-["chat:send",{"_placeholder":true,"num":0}]',
  '4599999999-["chat:send",{"_placeholder":true,"num":99999999}]',
  '51-',
  '43999[{"ok":true}]',
  '42999999999999999999999["join",{}]',
  'b4AAAA',
  'x'.repeat(1000),
];

/** Malformed messages, and invalid ones with an ack, on connections that the server has accepted. */
export const badMessages: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const count = MESSAGES * share;
  const people = await insiders(url, Math.max(1, Math.ceil(count / ANSWERED / 50)));
  let next = 0;
  await inParallel(Math.ceil((count * 2) / (PER_CONNECTION + ANSWERED)), 8, async (connection) => {
    const { token, sessionId } = people[connection % people.length]!;
    const { socket, answer } = await handshake(url, token, sessionId);
    if (!socket || answer !== 'connected') {
      tally.note(`handshake: ${answer}`);
      return;
    }
    socket.onText = (text) => {
      if (/^43\d*\[\{"ok":true/.test(text)) tally.gotIn(`an invalid message: ${text.slice(0, 200)}`);
      const code = /"code":"(\w+)"/.exec(text)?.[1];
      if (code) tally.note(code);
    };
    // Every other connection stays below the limit of messages, and so gets an answer to each.
    const limit = connection % 2 === 0 ? PER_CONNECTION : ANSWERED;
    let sent = 0;
    for (; sent < limit && socket.isOpen; sent++) {
      // One of them ends the connection at once, so each comes last.
      const isLast = sent === limit - 1 || (connection % 5 === 0 && sent > 0 && sent % 40 === 0);
      const name = NAMES[next % NAMES.length]!;
      const payload = PAYLOADS[next % PAYLOADS.length]!;
      next += 1;
      socket.text(isLast ? BROKEN[next % BROKEN.length]! : `42${sent}[${JSON.stringify(name)},${payload}]`);
      await socket.drained();
    }
    tally.count += sent;
    await Promise.race([socket.closed, wait(1_000)]);
    socket.destroy();
  });
  return tally.outcome;
};

/** Participants who send valid messages at full speed: small ones, and the largest that are allowed. */
export const floods: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const people = await insiders(url, 4);
  const duration = FLOOD_MS * Math.max(0.2, share);
  const until = performance.now() + duration;
  const ids = Array.from({ length: 1_500 }, (_, index) => `consumer-${index}-${'x'.repeat(24)}`);
  await Promise.all(
    people.map(async ({ joinUrl }, person) => {
      while (performance.now() < until) {
        const client = await ProtocolClient.connect(new Backend(url), joinUrl).catch(() => null);
        if (!client) return;
        client.patience = 20_000;
        if (
          await client.enter().then(
            () => false,
            () => true,
          )
        )
          return;
        const from = performance.now();
        let accepted = 0;
        const accept = (answer: { readonly ok: boolean }) => {
          if (answer.ok) accepted += 1;
        };
        for (let sent = 0; client.socket.connected && performance.now() < until; sent++) {
          if (person % 2 === 0) {
            client.socket.emit(
              'chat:send',
              { clientId: `${person}-${from}-${sent}`, text: 'x'.repeat(MAX_CHAT_TEXT) },
              accept,
            );
          } else {
            client.socket.emit('consumer:ready', { consumerIds: ids });
          }
          tally.answer(person % 2 === 0 ? 'chat' : 'large');
          if (sent % 50 === 49) await new Promise(setImmediate);
        }
        if (client.socket.connected) client.socket.disconnect();
        const allowed = CHAT.burst + (CHAT.perSecond * (performance.now() - from)) / 1000;
        if (accepted > allowed + 1)
          tally.gotIn(`${accepted} chat messages where ${Math.ceil(allowed)} may come`);
      }
    }),
  );
  return tally.outcome;
};

/** Frames that are too large, that say so, that never end, or that a parser must expand, each on an accepted connection. */
export const oversizedFrames: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  const attacks: [string, (socket: RawWebSocket) => Promise<void> | void][] = [
    ['a text of 8 MB', (socket) => void socket.text(`42["chat:send","${megabyte.toString().repeat(8)}"]`)],
    [
      'a binary frame of 8 MB',
      (socket) => void socket.write(frame(BINARY, Buffer.concat(Array<Buffer>(8).fill(megabyte)))),
    ],
    ['a length of 2^62 bytes', (socket) => void socket.write(frameHeader(TEXT, 2n ** 62n))],
    [
      'a message of fragments without an end',
      async (socket) => {
        socket.write(frame(TEXT, '42["chat:send","', false));
        for (let part = 0; part < 64 && socket.isOpen; part++) {
          socket.write(frame(0, megabyte.subarray(0, 256 * 1024), false));
          await socket.drained();
        }
      },
    ],
    [
      'a hundred thousand empty fragments',
      async (socket) => {
        const many = Buffer.concat(Array<Buffer>(1000).fill(frame(0, '', false)));
        socket.write(frame(TEXT, '4', false));
        for (let part = 0; part < 100 && socket.isOpen; part++) {
          socket.write(many);
          await socket.drained();
        }
      },
    ],
    [
      // 0x40 says that the frame is compressed (RFC 7692, 6), which was not negotiated.
      'a compressed frame',
      (socket) => {
        const bomb = frame(TEXT, Buffer.alloc(1000, 0xaa));
        bomb[0] = (bomb[0] ?? 0) | 0x40;
        socket.write(bomb);
      },
    ],
    ['a JSON bomb of 900 kB', (socket) => void socket.text(`42["chat:send",${nested('[', ']', 450_000)}]`)],
  ];
  const people = await insiders(url, 2);
  await inParallel(Math.max(attacks.length, 70 * share), 4, async (index) => {
    const [name, send] = attacks[index % attacks.length]!;
    const { token, sessionId } = people[index % 2]!;
    const { socket, answer } = await handshake(url, token, sessionId, {
      headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' },
    });
    if (!socket || answer !== 'connected') {
      tally.answer(`handshake: ${answer}`);
      return;
    }
    const accepted: string[] = [];
    socket.onText = (text) => {
      if (text.startsWith('43') && text.includes('"ok":true')) accepted.push(text);
    };
    await send(socket);
    const end = await Promise.race([socket.closed.then(() => 'cut'), wait(5_000, 'stays open')]);
    if (accepted.length > 0) tally.gotIn(name);
    if (end !== 'cut' && !name.startsWith('a JSON bomb')) tally.gotIn(`${name}: the connection stays open`);
    tally.answer(end);
    socket.destroy();
  });
  return tally.outcome;
};

/** WebSockets that ask for compression: a server that agrees could be made to expand bombs. */
export const compression: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const [{ token, sessionId } = { token: '', sessionId: '' }] = await insiders(url, 1);
  await inParallel(Math.max(5, 100 * share), 4, async () => {
    const socket = await RawWebSocket.open(url, {
      address: someAddress(),
      headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' },
    }).catch(() => null);
    if (!socket) {
      tally.answer('refused');
      return;
    }
    if (/permessage-deflate/i.test(socket.head)) tally.gotIn('compression was negotiated');
    tally.answer('opened without compression');
    socket.text(`40${JSON.stringify({ token, sessionId })}`);
    socket.destroy();
  });
  return tally.outcome;
};

/** Values for the payloads of host messages, by field. */
const HOST_FIELDS: Readonly<Record<string, unknown>> = {
  userId: 'doctor',
  source: 'camera',
  text: 'Hello',
  allowed: false,
  locked: true,
  question: 'Better?',
  answers: ['Yes', 'No'],
  multiple: false,
  anonymous: false,
  correct: null,
  pollId: 'poll_1',
  action: 'start',
};

/** Returns every message that a patient may not send, with a valid payload. @throws {Error} if there is none for a message */
function messagesOfHosts(): [ClientMessage, object][] {
  return (Object.entries(CLIENT_MESSAGES) as [ClientMessage, MessageContract][]).flatMap(
    ([name, contract]) => {
      if (contract.permission !== 'moderate' && contract.permission !== 'end_session') return [];
      const { required = [] } = z.toJSONSchema(contract.payload, { io: 'input' });
      const payload = Object.fromEntries(required.map((field) => [field, HOST_FIELDS[field]]));
      if (!contract.payload.safeParse(payload).success)
        throw new Error(`No valid payload of "${name}" is known.`);
      return [[name, payload] as [ClientMessage, object]];
    },
  );
}

/** A patient who is in the visit with their doctor sends everything that only a host may send. */
export const hostMessages: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const backend = new Backend(url);
  const { sessionId } = await backend.createVisit();
  const doctor = await ProtocolClient.connect(backend, await backend.joinUrl(sessionId, 'doctor'));
  const patient = await ProtocolClient.connect(backend, await backend.joinUrl(sessionId, 'patient'));
  for (const one of [doctor, patient]) {
    one.patience = 20_000;
    await one.enter();
  }
  // What follows from the joins comes first.
  await wait(1_000);
  const before = doctor.events.length;
  const messages = messagesOfHosts();
  for (let round = 0; round < Math.max(1, 20 * share); round++) {
    for (const [message, payload] of messages) {
      const answer = await patient.send(message, payload).then(
        () => 'accepted',
        (error: unknown) => (error instanceof Refused ? error.code : String(error)),
      );
      if (answer === 'accepted') tally.gotIn(message);
      tally.answer(answer);
    }
    // Below the limit of messages, which would hide the permissions.
    await wait(300);
  }
  for (const [event] of doctor.events.slice(before)) tally.gotIn(`the doctor received ${event}`);
  for (const one of [doctor, patient]) one.socket.disconnect();
  return tally.outcome;
};
