import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';

const [address, port] = process.argv.slice(2);

/** The far half of a `Forward`: joins every connection that it receives to one that it opens here. */
process.on('message', (_message, from: Socket) => {
  const to = connect({ host: address!, port: Number(port), noDelay: true });
  from.setNoDelay(true);
  // The end of one side ends the other; the users of both see it.
  Promise.all([pipeline(from, to), pipeline(to, from)]).catch(() => undefined);
});
