import type { Visitor } from '../clients/chromium.ts';

declare global {
  interface Window {
    __freeze?: { longest: number; last: number };
  }
}

/** Measures how long the video of another participant freezes. */
export class FreezeMeter {
  readonly #one: Visitor;

  private constructor(one: Visitor) {
    this.#one = one;
  }

  /** Begins with the current video, whatever element shows it later. */
  static async watch(one: Visitor, userId: string): Promise<FreezeMeter> {
    await one.page.evaluate((owner) => {
      const state = { longest: 0, last: performance.now() };
      window.__freeze = state;
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

  /** Returns the longest freeze so far, including a current one, in milliseconds. */
  longest(): Promise<number> {
    return this.#one.page.evaluate(() => {
      const { longest, last } = window.__freeze ?? { longest: Infinity, last: 0 };
      return Math.max(longest, performance.now() - last);
    });
  }

  /** Forgets previous freezes. */
  async reset(): Promise<void> {
    await this.#one.page.evaluate(() => {
      if (window.__freeze) window.__freeze = Object.assign(window.__freeze, { longest: 0 });
    });
  }
}
