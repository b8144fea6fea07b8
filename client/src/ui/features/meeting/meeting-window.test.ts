import { describe, expect, it } from 'vitest';
import { MeetingWindow, type OpenedWindow } from './meeting-window.ts';

/** A window that writes down what happens to it. */
function fakeWindow() {
  const load: (() => void)[] = [];
  const written: { textContent: string; style: object }[] = [];
  const opened = {
    closed: false,
    opener: {} as unknown,
    addresses: [] as string[],
    document: {
      title: '',
      documentElement: { lang: '', dir: '', style: {} },
      createElement: () => ({ textContent: '', style: {} }),
      body: { replaceChildren: (line: (typeof written)[number]) => void written.push(line) },
    },
    location: { replace: (url: string) => void opened.addresses.push(url) },
    addEventListener: (_: string, listener: () => void) => void load.push(listener),
    close: () => void (opened.closed = true),
  };
  return { opened, written, load, asWindow: () => opened as unknown as OpenedWindow };
}

describe('MeetingWindow', () => {
  it('open() keeps the page in the window away from this one, and says what happens', () => {
    const { opened, written, asWindow } = fakeWindow();
    const shown = MeetingWindow.open('Opening…', asWindow);
    expect(opened.opener).toBeNull();
    expect(opened.document).toMatchObject({ title: 'Opening…', documentElement: { lang: 'en', dir: 'ltr' } });
    expect(written.at(-1)?.textContent).toBe('Opening…');
    shown?.say('Please wait');
    expect(written.at(-1)?.textContent).toBe('Please wait');
  });

  it('writes the text again when the browser has replaced the first document', () => {
    const { written, load, asWindow } = fakeWindow();
    MeetingWindow.open('Opening…', asWindow);
    for (const listener of load) listener();
    expect(written).toHaveLength(2);
  });

  it('open() returns null when the browser refuses, or closes the window at once', () => {
    expect(MeetingWindow.open('Opening…', () => null)).toBeNull();
    const { opened, asWindow } = fakeWindow();
    opened.closed = true;
    expect(MeetingWindow.open('Opening…', asWindow)).toBeNull();
  });

  it('go() leads to an address, and returns whether the window was still there', () => {
    const { opened, asWindow } = fakeWindow();
    const shown = MeetingWindow.open('Opening…', asWindow);
    expect(shown?.go('https://zoom.example/1')).toBe(true);
    expect(opened.addresses).toEqual(['https://zoom.example/1']);
    shown?.close();
    expect(shown?.go('https://zoom.example/2')).toBe(false);
    shown?.say('Too late');
    expect(opened.addresses).toHaveLength(1);
  });
});
