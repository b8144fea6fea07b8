/** The entry of the recorder process, which the server forks. */
import process from 'node:process';
import type { RecorderCommand, RecorderReport, RecorderSettings } from '../messages.ts';

/** How long the files may take after the server has ended, in milliseconds. */
const FINISH_MS = 10_000;

// A terminal or systemd signals the whole group: the server decides when the recordings end. What takes time to load is imported
// after this.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const { RecorderProcess } = await import('./recorder-process.ts');

const settings = JSON.parse(process.argv[2] ?? '{}') as RecorderSettings;
const recorder = new RecorderProcess(settings, (report: RecorderReport) => {
  // The callback gets the error of a channel that has closed, which `disconnect` handles.
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
});
process.on('message', (command) => recorder.handle(command as RecorderCommand));
const finish = () => {
  setTimeout(() => process.exit(1), FINISH_MS).unref();
  void recorder.close().finally(() => process.exit(0));
};
process.once('disconnect', finish);
// The server may have ended while this process started.
if (!process.connected) finish();
