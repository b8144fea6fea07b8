import { describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { looks, TestSite } from '../support/fixtures/test-site.ts';
import { axeFindings } from '../support/measure/axe.ts';

const site = new TestSite();

const LOOKS = looks('desktop-dark', 'phone', 'phone-rtl');

const votes = (visitor: Visitor) =>
  visitor
    .byTestId('poll-result')
    .evaluateAll((results) => results.map((result) => Number((result as HTMLElement).dataset.votes)));

/** Opens the panel, from the toolbar or from the menu behind it. */
async function openPanel(visitor: Visitor): Promise<void> {
  const toggle = visitor.byTestId('poll-toggle');
  if ((await toggle.count()) === 0) await visitor.byTestId('more-menu').click();
  await toggle.click();
}

/** Returns what sticks out of the panel or is too small to hit. */
async function cutOff(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth + 1 ? ['scrolls sideways'] : [];
    for (const element of document.querySelectorAll('.polls *')) {
      const box = element.getBoundingClientRect();
      if (box.left < -1 || box.right > innerWidth + 1) found.push(`sticks out: ${element.outerHTML}`);
      if (element.matches('button, .switch, .poll-choice, select') && box.height > 0 && box.height < 43)
        found.push(`too small: ${element.outerHTML}`);
    }
    return found;
  });
}

describe.each(LOOKS)('a poll on %s', (look, options) => {
  it('a doctor asks, the patient votes, both see the counts, and the doctor closes the poll', async () => {
    const { sessionId } = await site.server.createVisit(undefined, {
      seats: [
        { userId: 'doctor', role: 'doctor', displayName: 'Dr. Ana Weber' },
        { userId: 'patient', role: 'patient', displayName: 'Tom' },
      ],
    });
    const doctor = await site.joinAs(sessionId, 'doctor', { ...options, locale: 'en' });
    const patient = await site.joinAs(sessionId, 'patient', options);
    await expect.poll(() => patient.byTestId('remote-video').count()).toBe(1);
    expect(await patient.byTestId('poll-toggle').count()).toBe(0);
    const problemsOf = async (visitor: Visitor) => [
      ...(await cutOff(visitor)),
      ...(await axeFindings(visitor.page)),
    ];

    await openPanel(doctor);
    await doctor.byTestId('poll-start').click();
    await expect.poll(() => doctor.page.getByRole('alert').innerText()).toBe('Please write a question.');
    await doctor.byTestId('poll-question-field').fill('Which day suits you for the next visit?');
    await doctor.byTestId('poll-answer-field').nth(0).fill('Monday morning');
    await doctor.byTestId('poll-answer-field').nth(1).fill('Friday afternoon');
    expect(await problemsOf(doctor)).toEqual([]);
    await doctor.screenshot(`poll-form-${look}`);
    // The form works without a mouse.
    await doctor.byTestId('poll-start').press('Enter');
    await doctor.byTestId('poll-question').waitFor();
    await expect
      .poll(() => doctor.page.evaluate(() => document.activeElement?.className))
      .toBe('poll-question');

    await patient.byTestId('poll-show').click();
    await patient.byTestId('poll-question').waitFor();
    expect(await patient.byTestId('poll-question').innerText()).toBe(
      'Which day suits you for the next visit?',
    );
    await patient.byTestId('poll-answer').nth(1).click();
    expect(await votes(doctor)).toEqual([0, 0]);
    await patient.byTestId('poll-vote').press('Enter');
    for (const visitor of [doctor, patient]) await expect.poll(() => votes(visitor)).toEqual([0, 1]);
    await expect.poll(() => doctor.page.locator('.poll-names').innerText()).toBe('Tom');
    expect(await patient.byTestId('poll-vote').evaluate((button) => button === document.activeElement)).toBe(
      true,
    );
    expect(await problemsOf(patient)).toEqual([]);
    await patient.screenshot(`poll-voted-${look}`);

    // Arrow keys move between the answers, and a later vote replaces the earlier one.
    await patient.page.locator('.poll input').nth(1).press('ArrowUp');
    await patient.byTestId('poll-vote').press('Enter');
    for (const visitor of [doctor, patient]) await expect.poll(() => votes(visitor)).toEqual([1, 0]);

    await doctor.byTestId('poll-close').click();
    await expect.poll(() => patient.byTestId('poll-vote').count()).toBe(0);
    await expect
      .poll(() => doctor.byTestId('said').locator('p').allInnerTexts())
      .toContain(
        'The poll is closed: Which day suits you for the next visit?. Monday morning: 1 vote. Friday afternoon: 0 votes',
      );
    expect(await votes(patient)).toEqual([1, 0]);
    expect([...(await problemsOf(patient)), ...(await problemsOf(doctor))]).toEqual([]);
    await patient.screenshot(`poll-closed-${look}`);
    await doctor.screenshot(`poll-closed-doctor-${look}`);
    const { polls } = await site.server.api.getReport(sessionId);
    expect(polls).toMatchObject([{ voters: 1, answers: [{ votes: 1, userIds: ['patient'] }, { votes: 0 }] }]);
  });
});

it('a visit without polls shows none', async () => {
  const { sessionId } = await site.server.createVisit(undefined, { options: { polls: false } });
  const doctor = await site.joinAs(sessionId, 'doctor');
  await doctor.byTestId('chat-toggle').waitFor();
  expect(await doctor.byTestId('poll-toggle').count()).toBe(0);
});
