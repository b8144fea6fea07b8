/** A server that records one track, for a test that kills it. Arguments: the file, and the codec as JSON. */
import pino from 'pino';
import { systemClock } from '../../core/clock.ts';
import { Recorder } from '../recorder.ts';
import type { TrackCodec } from '../track-summary.ts';

const [file = '', codec = ''] = process.argv.slice(2);
const recorder = new Recorder({ clock: systemClock, logger: pino({ level: 'silent' }) });
const track = await recorder.openTrack(
  { file, kind: 'audio' },
  { keyFrameNeeded: () => undefined, failed: () => undefined },
);
track.start({ ...(JSON.parse(codec) as Omit<TrackCodec, 'ssrc'>), ssrc: 1 });
console.log(JSON.stringify({ pid: recorder.pid, address: track.address }));
