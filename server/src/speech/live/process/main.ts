/** The entry of the speech process, which the server forks. */
import { getPriority, setPriority } from 'node:os';
import process from 'node:process';
import type { LiveCommand, LiveReport } from '../live-messages.ts';

/** How much lower its priority is than that of the server and its media workers: calls come first. */
const NICENESS = 5;
/** How long ending may take, in milliseconds. */
const FINISH_MS = 5000;

// A terminal or systemd signals the whole group: the server decides when captions end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
setPriority(getPriority() + NICENESS);

// Commands may arrive while the rest loads.
const early: LiveCommand[] = [];
const keep = (command: unknown) => early.push(command as LiveCommand);
process.on('message', keep);
const { SpeechProcess } = await import('./speech-process.ts');
const speech = new SpeechProcess((report: LiveReport) => {
  // The callback gets the error of a channel that has closed, which `disconnect` handles.
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
});
process.off('message', keep);
process.on('message', (command) => speech.handle(command as LiveCommand));
for (const command of early) speech.handle(command);
const finish = () => {
  setTimeout(() => process.exit(1), FINISH_MS).unref();
  void speech.close().finally(() => process.exit(0));
};
process.once('disconnect', finish);
// The server may have ended while this process started.
if (!process.connected) finish();
