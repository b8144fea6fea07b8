/**
 * A proxy that refuses WebSockets, as a process of its own for a network namespace. Usage: TARGET_URL ADDRESS. Sends its URL to the
 * parent process, and ends with it.
 */
import { NoWebSocketProxy } from '@televisit/client/sdk/testing/no-websocket-proxy';

const [target = '', address = ''] = process.argv.slice(2);
const proxy = await NoWebSocketProxy.open(target, 'refused', address);
process.once('disconnect', () => process.exit(0));
process.send?.(proxy.url);
