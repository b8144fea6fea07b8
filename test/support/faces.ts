import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { launchChromium } from './chromium.ts';

/** The colours that people wear, as Y, Cb, Cr (BT.601, limited range). */
const COLOURS = {
  red: [81, 90, 240],
  green: [145, 54, 34],
  blue: [41, 240, 110],
  yellow: [210, 16, 146],
  magenta: [106, 202, 222],
} as const;

/** A person's face in a test: a plain colour, so that a picture tells whose it is. */
export type Face = keyof typeof COLOURS;
export const FACES = Object.keys(COLOURS) as [Face, ...Face[]];

/** Small and slow, so that five people fit on two cores. */
const WIDTH = 320;
const HEIGHT = 180;
const FRAMES = 5;
const FRAMES_PER_SECOND = 5;

/**
 * A Chromium whose camera shows one colour, with a grey bar that wanders so that no two frames are equal.
 * @param folder where the picture lies for as long as the browser runs
 */
export function launchWithFace(face: Face, folder: string): Promise<Browser> {
  const file = join(folder, `${face}.y4m`);
  writeFileSync(file, y4m(COLOURS[face]));
  return launchChromium([`--use-file-for-fake-video-capture=${file}`]);
}

/** Whose face a video element shows now; null where it shows none of them. */
export function faceOn(video: Locator): Promise<Face | null> {
  return video.evaluate((element: HTMLVideoElement) => {
    if (element.videoWidth === 0) return null;
    const canvas = new OffscreenCanvas(8, 8);
    const context = canvas.getContext('2d');
    if (!context) return null;
    context.drawImage(element, 0, 0, 8, 8);
    // Above the bar, and away from the edges.
    const [red = 0, green = 0, blue = 0] = context.getImageData(4, 2, 1, 1).data;
    const bright = (value: number) => value > 128;
    const key = `${bright(red)} ${bright(green)} ${bright(blue)}`;
    const faces: Record<string, Face> = {
      'true false false': 'red',
      'false true false': 'green',
      'false false true': 'blue',
      'true true false': 'yellow',
      'true false true': 'magenta',
    };
    return faces[key] ?? null;
  });
}

/** YUV4MPEG2 in 4:2:0, as mjpegtools write it and Chromium reads it. */
function y4m([y, cb, cr]: readonly [number, number, number]): Buffer {
  const header = `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`;
  const frames = Array.from({ length: FRAMES }, (_, index) => {
    const luma = Buffer.alloc(WIDTH * HEIGHT, y);
    const bar = Math.floor((index / FRAMES) * (WIDTH - 40));
    for (let row = HEIGHT - 40; row < HEIGHT; row++)
      luma.fill(128, row * WIDTH + bar, row * WIDTH + bar + 40);
    const quarter = (WIDTH * HEIGHT) / 4;
    return Buffer.concat([
      Buffer.from('FRAME\n'),
      luma,
      Buffer.alloc(quarter, cb),
      Buffer.alloc(quarter, cr),
    ]);
  });
  return Buffer.concat([Buffer.from(header), ...frames]);
}
