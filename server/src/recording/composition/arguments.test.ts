import { describe, expect, it } from 'vitest';
import { drawableName, soundArguments, stretchArguments } from './arguments.ts';

describe('drawableName', () => {
  it.each([
    ['Dr. Jones', 'Dr. Jones'],
    ['a\nb\r\n\tc', 'a b c'],
    ['\u202Egnp.exe\u2066', 'gnp.exe'],
    ['%{pts} \\ : ;', '%{pts} \\ : ;'],
    ['👩‍⚕️ Ayşe', '👩‍⚕️ Ayşe'],
  ])('returns %j in one line', (name, expected) => {
    expect(drawableName(name)).toBe(expected);
  });

  it('shortens a long name, and returns null for one without characters', () => {
    expect(drawableName('x'.repeat(100))).toHaveLength(40);
    expect(drawableName(' \u0000\u200e ')).toBeNull();
  });
});

describe('soundArguments', () => {
  it('fills the holes of every file', () => {
    const audio = [0, 1, 2].map((seat) => ({
      fileId: `f${seat}`,
      seat,
      source: 'microphone' as const,
      startedAt: seat * 1000,
      endedAt: 9000,
    }));
    const args = soundArguments(
      { startedAt: 0, firstFrame: 0, frames: 225, audio },
      (id) => `${id}.mkv`,
      'out',
    );
    const graph = args[args.indexOf('-filter_complex') + 1] ?? '';
    expect(graph.match(/aresample=async=1:min_hard_comp=0.01:first_pts=0/g)).toHaveLength(3);
    expect(graph).toContain('adelay=2000:all=1');
    expect(graph).toContain('atrim=end_sample=432000');
  });
});

describe('stretchArguments', () => {
  it('never has a name among the arguments, and lets inputs open no other file', () => {
    const box = { x: 0, y: 0, width: 640, height: 480 };
    const stretch = { firstFrame: 0, frames: 25, startedAt: 1000, tiles: [{ seat: 0, box, fileId: 'f' }] };
    const args = stretchArguments(stretch, {
      canvas: { width: 1280, height: 480 },
      clipOf: () => ({ name: 'clip.mkv', startedAt: 0, frames: 100 }),
      nameOf: (seat) => `name-${seat}.txt`,
      output: 'out.mkv',
    });
    const text = args.join(' ');
    expect(text).toContain('textfile=name-0.txt:expansion=none');
    expect(text).toContain('-protocol_whitelist file -f matroska');
    expect(text).toContain('-ss 1.000 -i clip.mkv');
    expect(text).toContain('-frames:v 25');
  });
});
