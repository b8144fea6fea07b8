import type { Visitor } from '../clients/chromium.ts';

declare global {
  interface Window {
    __standstill?: { longest: number; last: number };
  }
}

/** Watches the picture of somebody else for how long it stands still. */
export class FreezeMeter {
  readonly #one: Visitor;

  private constructor(one: Visitor) {
    this.#one = one;
  }

  /** Begins with the picture that is on the page now, whatever element shows it later. */
  static async watch(one: Visitor, userId: string): Promise<FreezeMeter> {
    await one.page.evaluate((owner) => {
      const state = { longest: 0, last: performance.now() };
      window.__standstill = state;
      const watched = new WeakSet<HTMLVideoElement>();
      const look = () => {
        const selector = `[data-testid="remote-video"][data-user-id="${owner}"]`;
        const video = document.querySelector<HTMLVideoElement>(selector);
        if (video && !watched.has(video)) {
          watched.add(video);
          const frame = () => {
            const now = performance.now();
            state.longest = Math.max(state.longest, now - state.last);
            state.last = now;
            if (video.isConnected) video.requestVideoFrameCallback(frame);
            else watched.delete(video);
          };
          video.requestVideoFrameCallback(frame);
        }
        requestAnimationFrame(look);
      };
      look();
    }, userId);
    return new FreezeMeter(one);
  }

  /** The longest standstill so far, one that goes on included, in milliseconds. */
  longest(): Promise<number> {
    return this.#one.page.evaluate(() => {
      const { longest, last } = window.__standstill ?? { longest: Infinity, last: 0 };
      return Math.max(longest, performance.now() - last);
    });
  }

  /** Forgets what was so far. */
  async reset(): Promise<void> {
    await this.#one.page.evaluate(() => {
      if (window.__standstill) window.__standstill = Object.assign(window.__standstill, { longest: 0 });
    });
  }
}
