const FPS = 12;

/** Returns a moving video: a person in front of a wall, or a document. */
export function paintedTrack(
  seed: number,
  width: number,
  height: number,
  kind: 'person' | 'document',
): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('no canvas');
  let frame = 0;
  const paint = () => {
    if (kind === 'person') paintPerson(pen, seed, frame);
    else paintDocument(pen, frame);
    frame += 1;
  };
  paint();
  setInterval(paint, 1000 / FPS);
  const [track] = canvas.captureStream(FPS).getVideoTracks();
  if (!track) throw new Error('no track');
  return track;
}

function paintPerson(pen: CanvasRenderingContext2D, seed: number, frame: number): void {
  const { width, height } = pen.canvas;
  const hue = (seed * 67) % 360;
  const wall = pen.createLinearGradient(0, 0, width, height);
  wall.addColorStop(0, `hsl(${hue} 22% 70%)`);
  wall.addColorStop(1, `hsl(${hue} 25% 45%)`);
  pen.fillStyle = wall;
  pen.fillRect(0, 0, width, height);
  const x = width / 2 + Math.sin(frame / 14) * width * 0.01;
  const size = Math.min(width, height);
  pen.fillStyle = `hsl(${(hue + 180) % 360} 30% 35%)`;
  pen.beginPath();
  pen.ellipse(x, height * 1.05, size * 0.48, size * 0.42, 0, 0, 7);
  pen.fill();
  pen.fillStyle = `hsl(${24 + (seed % 5) * 4} 45% ${45 + (seed % 4) * 10}%)`;
  pen.beginPath();
  pen.ellipse(x, height * 0.45, size * 0.17, size * 0.22, 0, 0, 7);
  pen.fill();
}

function paintDocument(pen: CanvasRenderingContext2D, frame: number): void {
  const { width, height } = pen.canvas;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = '#123';
  pen.font = `${height / 18}px sans-serif`;
  pen.fillText('Blood values', width * 0.06, height * 0.12);
  for (let line = 0; line < 9; line++) {
    pen.fillStyle = '#ccd6da';
    pen.fillRect(
      width * 0.06,
      height * (0.2 + line * 0.08),
      width * (0.3 + ((line * 37) % 50) / 100),
      height * 0.03,
    );
  }
  pen.fillStyle = '#b3261e';
  pen.fillRect(width * 0.06, height * 0.94, (width * 0.88 * (frame % 100)) / 100, height * 0.01);
}
