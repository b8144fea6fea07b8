import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';

const [address, port] = process.argv.slice(2);

/** The far half of a `Forward`: joins every connection that it is handed to one that it makes here. */
process.on('message', (_message, from: Socket) => {
  const to = connect({ host: address!, port: Number(port), noDelay: true });
  from.setNoDelay(true);
  // One side's end ends the other; whoever used them sees it there.
  Promise.all([pipeline(from, to), pipeline(to, from)]).catch(() => undefined);
});
