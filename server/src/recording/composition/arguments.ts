import { fitted, type Box, type Size } from './layout.ts';
import { FRAME_RATE, type Section, type Stretch, type Tile } from './plan.ts';

/**
 * The arguments of FFmpeg for each step of a composition. All of them are run in the folder of the composition, so that no path
 * has to be escaped, and with one thread.
 */

export const SAMPLE_RATE = 48_000;
/** The sample rate at which loudness is measured. */
export const LEVEL_RATE = 8000;
/** A key frame at least this often, in seconds. Segments of HLS begin with one. */
const KEY_FRAMES_S = 4;
const SEGMENT_S = 6;
const THUMBNAIL_WIDTH = 640;

const QUIET = ['-v', 'error', '-nostdin', '-y', '-threads', '1', '-filter_threads', '1'];
/** Streams come from browsers: nothing in them may make FFmpeg open another file, or take them for a playlist. */
const RECORDED = ['-protocol_whitelist', 'file', '-f', 'matroska', '-threads', '1'];
/**
 * Fills the holes that silence, muting and lost packets left; otherwise FFmpeg drops them. By default it drops those up to 100 ms,
 * and sound is early from then on.
 */
export const FILL_HOLES = 'aresample=async=1:min_hard_comp=0.01:first_pts=0';

/** Without B-frames, the parts of a composition follow each other exactly. */
const VIDEO = [
  ...['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-bf', '0', '-threads', '1'],
  ...['-g', String(KEY_FRAMES_S * FRAME_RATE)],
];

const seconds = (frames: number) => (frames / FRAME_RATE).toFixed(3);

/**
 * Brings a recorded picture to a constant size and rate, with key frames everywhere. This is the only step that decodes what a
 * browser sent, whose size changes and whose key frames are rare. Holes show the last picture.
 */
export function clipArguments(source: string, picture: Size, largest: Size, output: string): string[] {
  const { width, height } = fitted(picture, largest);
  const fit = `scale=${width}:${height}:force_original_aspect_ratio=decrease`;
  const filter = `${fit},pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2,setsar=1,fps=${FRAME_RATE}`;
  return [
    ...[...QUIET, ...RECORDED, '-i', source, '-map', '0:v:0', '-vf', filter],
    // The filter keeps times exact; if a new size restarts it, this closes the gap.
    ...['-fps_mode', 'cfr', '-r', String(FRAME_RATE)],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'fastdecode', '-crf', '18'],
    ...['-pix_fmt', 'yuv420p', '-g', String(FRAME_RATE), '-threads', '1', '-f', 'matroska', output],
  ];
}

/** Decodes the first picture, whose file says how large it is. */
export function firstPictureArguments(source: string, output: string): string[] {
  return [
    ...QUIET,
    ...RECORDED,
    '-i',
    source,
    '-map',
    '0:v:0',
    '-frames:v',
    '1',
    '-pix_fmt',
    'yuv420p',
    '-f',
    'yuv4mpegpipe',
    output,
  ];
}

/** Decodes sound to plain samples, for its loudness. */
export function levelArguments(source: string, output: string): string[] {
  const filter = `${FILL_HOLES},aresample=${LEVEL_RATE}`;
  return [...QUIET, ...RECORDED, '-i', source, '-af', filter, '-ac', '1', '-f', 's16le', output];
}

/** Mixes the sound of a section, as long as its pictures are. */
export function soundArguments(
  { startedAt, frames, audio }: Section,
  sourceOf: (fileId: string) => string,
  output: string,
): string[] {
  const samples = (frames * SAMPLE_RATE) / FRAME_RATE;
  const inputs = audio.flatMap(({ fileId }) => [...RECORDED, '-i', sourceOf(fileId)]);
  const placed = audio.map((file, index) => {
    const delay = Math.round(file.startedAt - startedAt);
    const format = `aresample=${SAMPLE_RATE},aformat=sample_fmts=fltp:channel_layouts=mono`;
    return `[${index}:a:0]${FILL_HOLES},${format},adelay=${delay}:all=1[a${index}]`;
  });
  const names = audio.map((_, index) => `[a${index}]`).join('');
  const mixed =
    audio.length === 0
      ? `anullsrc=r=${SAMPLE_RATE}:cl=mono`
      : // The limiter keeps two people who speak at once from clipping.
        `${names}amix=inputs=${audio.length}:duration=longest:dropout_transition=0:normalize=0,alimiter=limit=0.95:level=disabled`;
  const exact = `apad=whole_len=${samples},atrim=end_sample=${samples}[mix]`;
  return [
    ...[...QUIET, ...inputs, '-filter_complex_threads', '1'],
    ...['-filter_complex', [...placed, `${mixed},${exact}`].join(';')],
    ...['-map', '[mix]', '-c:a', 'flac', '-compression_level', '0', '-f', 'flac', output],
  ];
}

/** A clip of a file: its name, and its length. */
export interface Clip {
  readonly name: string;
  readonly startedAt: number;
  readonly frames: number;
}

export interface StretchOptions {
  readonly canvas: Size;
  readonly clipOf: (fileId: string) => Clip | null;
  /** Returns the name of the file with the name of a person; null shows none. */
  readonly nameOf: (seat: number) => string | null;
  readonly output: string;
}

/** Puts the pictures of a stretch on a canvas. */
export function stretchArguments(stretch: Stretch, options: StretchOptions): string[] {
  const { clipOf, nameOf, output } = options;
  const inputs: string[] = [];
  const scaled: string[] = [];
  const overlays: string[] = [];
  const still: string[] = [];
  const names: string[] = [];
  for (const tile of stretch.tiles) {
    still.push(drawBox(tile.box));
    const clip = tile.fileId === null ? null : clipOf(tile.fileId);
    const name = nameOf(tile.seat);
    if (name !== null) (clip ? names : still).push(drawName(name, tile, clip !== null));
    if (!clip) continue;
    const index = scaled.length;
    inputs.push(...RECORDED, '-ss', seconds(seekOf(stretch, clip)), '-i', clip.name);
    const { x, y, width, height } = tile.box;
    const fit = `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2`;
    scaled.push(`[${index}:v:0]${fit},setpts=PTS-STARTPTS[v${index}]`);
    overlays.push(`overlay=x=${x}+(${width}-w)/2:y=${y}+(${height}-h)/2:eof_action=repeat`);
  }
  const layers = [`${background(options.canvas, stretch.frames, still)}[b0]`];
  for (const [index, overlay] of overlays.entries()) {
    layers.push(`[b${index}][v${index}]${overlay}[b${index + 1}]`);
  }
  const last = [...names, 'format=yuv420p'].join(',');
  const graph = [...scaled, ...layers, `[b${overlays.length}]${last}[out]`].join(';');
  return [
    ...[...QUIET, ...inputs, '-filter_complex_threads', '1', '-filter_complex', graph],
    ...['-map', '[out]', '-frames:v', String(stretch.frames), ...VIDEO],
    ...['-preset', 'veryfast', '-crf', '23', '-f', 'matroska', output],
  ];
}

/** Draws what does not move once, and repeats it: drawing it in each frame takes half as long as encoding. */
function background({ width, height }: Size, frames: number, still: readonly string[]): string {
  const drawn = [`color=c=0x15181d:s=${width}x${height}:r=${FRAME_RATE}:d=${seconds(1)}`, ...still];
  const repeated = ['format=yuv420p', 'loop=loop=-1:size=1', `settb=1/${FRAME_RATE}`, 'setpts=N'];
  return [...drawn, ...repeated, `trim=end_frame=${frames}`].join(',');
}

/** Returns the frame of a clip at which a stretch begins. A clip that is too short shows its last one. */
function seekOf(stretch: Stretch, clip: Clip): number {
  const frame = Math.round(((stretch.startedAt - clip.startedAt) * FRAME_RATE) / 1000);
  return Math.max(0, Math.min(frame, clip.frames - 2));
}

function drawBox({ x, y, width, height }: Box): string {
  return `drawbox=x=${x}:y=${y}:w=${width}:h=${height}:color=0x2b3139:t=fill,drawbox=x=${x}:y=${y}:w=${width}:h=${height}:color=0x15181d:t=2`;
}

/**
 * Draws a name at the lower edge of a picture, or in the middle of where one is missing. The name comes from a file and is not
 * expanded, because people choose their names.
 */
function drawName(file: string, { box }: Tile, hasPicture: boolean): string {
  // The longest name fits into the width.
  const size = Math.max(10, Math.round(Math.min(28, box.height / 14, box.width / (LONGEST_NAME * 0.6))));
  const text = `drawtext=textfile=${file}:expansion=none:font=Sans:fontsize=${size}:fontcolor=white`;
  const middle = `x=${box.x}+(${box.width}-text_w)/2:y=${box.y}+(${box.height}-text_h)/2`;
  const edge = `x=${box.x + 10}:y=${box.y + box.height - 12}-text_h:box=1:boxcolor=black@0.55:boxborderw=6`;
  return `${text}:${hasPicture ? edge : middle}`;
}

/** Joins the parts of pictures and of sound, which lists name, to a file that plays while it loads. */
export function joinArguments(video: string, audio: string, output: string): string[] {
  const list = (name: string) => ['-f', 'concat', '-protocol_whitelist', 'file', '-i', name];
  return [
    ...[...QUIET, ...list(video), ...list(audio), '-map', '0:v:0', '-map', '1:a:0'],
    ...['-c:v', 'copy', '-c:a', 'aac', '-b:a', '96k', '-ac', '1', '-ar', String(SAMPLE_RATE)],
    ...['-map_metadata', '-1', '-movflags', '+faststart', '-f', 'mp4', output],
  ];
}

/** Makes a playlist and its media, which are one fragmented file (HLS, RFC 8216bis, byte ranges). */
export function playlistArguments(video: string, media: string, output: string): string[] {
  return [
    ...[...QUIET, '-i', video, '-c', 'copy', '-map_metadata', '-1', '-f', 'hls'],
    ...['-hls_time', String(SEGMENT_S), '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4'],
    ...['-hls_flags', 'single_file', '-hls_segment_filename', media, output],
  ];
}

/** Takes one picture. */
export function thumbnailArguments(video: string, frames: number, output: string): string[] {
  const at = seconds(Math.min(10 * FRAME_RATE, Math.floor(frames / 2)));
  const filter = `scale=${THUMBNAIL_WIDTH}:-2,format=yuvj420p`;
  return [
    ...QUIET,
    '-ss',
    at,
    '-i',
    video,
    '-frames:v',
    '1',
    '-vf',
    filter,
    '-q:v',
    '4',
    '-f',
    'mjpeg',
    output,
  ];
}

/** The longest name that is drawn, in characters. */
const LONGEST_NAME = 40;
const GRAPHEMES = new Intl.Segmenter();
/** Control characters, and those that turn the direction of what follows (UAX #9). */
const UNDRAWABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Returns a name as it can be drawn in one line; null if nothing remains. */
export function drawableName(name: string): string | null {
  const text = name.replace(UNDRAWABLE, ' ').replace(/\s+/gu, ' ').trim();
  const characters = Array.from(GRAPHEMES.segment(text), ({ segment }) => segment);
  if (characters.length === 0) return null;
  if (characters.length <= LONGEST_NAME) return characters.join('');
  return `${characters
    .slice(0, LONGEST_NAME - 1)
    .join('')
    .trimEnd()}…`;
}
