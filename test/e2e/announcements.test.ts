import { describe, expect, it } from 'vitest';
import { axeFindings } from '../support/measure/axe.ts';
import type { Visitor } from '../support/clients/chromium.ts';
import { looks, TestSite } from '../support/fixtures/test-site.ts';

const site = new TestSite();

const LOOKS = looks('desktop-dark', 'small-phone', 'landscape');
const LATE = 'Dr. Weber is ten minutes late. See https://clinic.example.org/<b>delays</b>.';

const shown = (visitor: Visitor) => visitor.byTestId('announcement');

/** Returns what is cut off or too small to hit. */
async function cutOff(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth + 1 ? ['scrolls sideways'] : [];
    for (const element of document.querySelectorAll('.announcement, .announcement *')) {
      const box = element.getBoundingClientRect();
      if (box.left < -1 || box.right > innerWidth + 1) found.push(`sticks out: ${element.outerHTML}`);
      const small = Math.min(box.width, box.height) < 44;
      if (element.matches('button') && small) found.push(`too small: ${element.outerHTML}`);
    }
    return found;
  });
}

describe.each(LOOKS)('an announcement on %s', (look, options) => {
  it('an announcement is shown and read out in the preview, the waiting room and the call, until it is closed', async () => {
    const { sessionId } = await site.server.createVisit(undefined, {
      title: 'Check-up',
      seats: [{ userId: 'doctor', role: 'doctor', displayName: 'Dr. Ana Weber' }],
      options: { waitingRoom: 'until-host' },
    });
    const patient = await site.openAs(sessionId, 'patient', options);
    // On the smallest phone the button at the bottom covers content that can be scrolled up, which axe reports as
    // hidden.
    const problemsOf = async (visitor: Visitor) => [
      ...(await cutOff(visitor)),
      ...(look === 'small-phone' ? [] : await axeFindings(visitor.page)),
    ];
    await expect.poll(() => patient.byTestId('local-video').count()).toBe(1);
    const announce = (text: string) => () =>
      site.server.api.announce(sessionId, { text }).then(({ delivered }) => delivered, String);
    await expect.poll(announce(LATE)).toBe(1);
    await shown(patient).waitFor();
    expect((await shown(patient).innerText()).split(/\n+/)).toEqual(['Message from the clinic', LATE]);
    expect(await shown(patient).getByRole('link').getAttribute('href')).toBe('https://clinic.example.org/');
    await expect
      .poll(() => patient.byTestId('announcement-said').innerText())
      .toBe(`Message from the clinic: ${LATE}`);
    expect(await problemsOf(patient)).toEqual([]);
    await patient.screenshot(`announcement-preview-${look}`);

    await patient.byTestId('join-button').click();
    await patient.byTestId('waiting-room').waitFor();
    expect(await announce('Please stay, we have not forgotten you.')()).toBe(1);
    await expect.poll(() => shown(patient).count()).toBe(2);
    expect(await problemsOf(patient)).toEqual([]);
    await patient.screenshot(`announcement-waiting-${look}`);

    const doctor = await site.openAs(sessionId, 'doctor');
    await doctor.pressJoin();
    await patient.byTestId('call').waitFor();
    expect(await shown(patient).count()).toBe(2);
    await patient.byTestId('announcement-close').first().click();
    expect(await shown(patient).innerText()).toContain('we have not forgotten you');
    expect(await problemsOf(patient)).toEqual([]);
    await expect.poll(() => patient.byTestId('remote-video').count()).toBe(1);
    await patient.screenshot(`announcement-call-${look}`);
    expect(await announce('Five minutes are left.')()).toBe(2);
    await shown(doctor).waitFor();
    await doctor.byTestId('announcement-close').click();
    expect(await shown(doctor).count()).toBe(0);
  });
});
