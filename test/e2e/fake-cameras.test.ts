import { expect, it, onTestFinished } from 'vitest';
import { COLOURS, colourOn, launchWithCamera } from '../support/fixtures/fake-cameras.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';

it.each(COLOURS)('the fake camera of a browser shows %s', async (colour) => {
  const browser = await launchWithCamera(colour, temporaryFolder());
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
  await expect.poll(() => colourOn(page.locator('video'))).toBe(colour);
});
