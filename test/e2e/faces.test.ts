import { expect, it, onTestFinished } from 'vitest';
import { FACES, faceOn, launchWithFace } from '../support/fixtures/fake-cameras.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';

it.each(FACES)('a browser with the face %s shows it', async (face) => {
  const browser = await launchWithFace(face, temporaryFolder());
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.route('http://localhost/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<video autoplay muted></video>' }),
  );
  await page.goto('http://localhost/');
  await page.evaluate(async () => {
    const video = document.querySelector('video');
    if (video) video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
  });
  await expect.poll(() => faceOn(page.locator('video'))).toBe(face);
});
