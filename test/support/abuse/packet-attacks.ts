import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { Tally, type Attack } from './attack.ts';

const PACKETS = 200_000;
const BATCH = 200;
const BATCH_MS = 10;

/** Returns a DTLS record (RFC 6347) of a handshake that begins with a ClientHello, of which the rest is random. */
function clientHello(): Buffer {
  const body = Buffer.concat([
    Buffer.from([0xfe, 0xfd]),
    randomBytes(32),
    Buffer.from([0, 0, 0, 2, 0xc0, 0x2b, 1, 0]),
  ]);
  const length = Buffer.from([0, 0, body.length]);
  const handshake = Buffer.concat([Buffer.from([1]), length, Buffer.from([0, 0, 0, 0, 0]), length, body]);
  const header = Buffer.from([22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, handshake.length]);
  return Buffer.concat([header, handshake]);
}

/** Returns a packet that begins as one of the protocols on the port of media, and is none. */
export function hostilePacket(index: number): Buffer {
  const tail = randomBytes(1 + ((index * 37) % 1200));
  switch (index % 5) {
    case 0:
      return clientHello();
    case 1: // STUN with a wrong length
      return Buffer.concat([Buffer.from([0, 1, 0xff, 0xfc, 0x21, 0x12, 0xa4, 0x42]), tail]);
    case 2: // RTP with an extension that is longer than the packet
      return Buffer.concat([Buffer.from([0x9f, 0x60]), tail]);
    case 3: // RTCP with too many reports
      return Buffer.concat([Buffer.from([0x9f, 200, 0xff, 0xff]), tail]);
    default:
      return tail;
  }
}

/** Returns a well-formed Binding request of ICE (RFC 8489, 5) for a user that does not exist. */
export function bindingRequest(username = 'guessed:user'): Buffer {
  const name = Buffer.from(username);
  const padded = Buffer.concat([name, Buffer.alloc((4 - (name.length % 4)) % 4)]);
  const attribute = Buffer.alloc(4);
  attribute.writeUInt16BE(0x0006, 0);
  attribute.writeUInt16BE(name.length, 2);
  const header = Buffer.alloc(8);
  header.writeUInt16BE(0x0001, 0);
  header.writeUInt16BE(attribute.length + padded.length, 2);
  header.writeUInt32BE(0x2112a442, 4);
  return Buffer.concat([header, randomBytes(12), attribute, padded]);
}

/** Returns a well-formed RTP packet (RFC 3550, 5.1) with a random payload, as of a stranger's SRTP. */
export function rtpPacket(sequence: number, ssrc = 1234): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = 96;
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(sequence * 3000, 4);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, randomBytes(1000)]);
}

/** Malformed and well-formed packets of all protocols of media from a stranger, about 20,000 a second. */
export const packets: Attack = async ({ media }, share) => {
  const tally = new Tally();
  const socket: Socket = createSocket('udp4');
  let answered = 0;
  socket.on('message', () => (answered += 1));
  const prepared = Array.from({ length: 1000 }, (_, index) => {
    if (index % 7 === 5) return bindingRequest();
    if (index % 7 === 6) return rtpPacket(index);
    return hostilePacket(index);
  });
  const count = PACKETS * share;
  await new Promise<void>((resolve) => {
    let sent = 0;
    const timer = setInterval(() => {
      for (let index = 0; index < BATCH; index++)
        socket.send(prepared[sent++ % 1000]!, media.port, media.address);
      if (sent < count) return;
      clearInterval(timer);
      resolve();
    }, BATCH_MS);
  });
  tally.count = count;
  if (answered > 0) tally.gotIn(`${answered} answers to a stranger`);
  socket.close();
  return tally.outcome;
};
