import { direction, language } from '../../../locales/index.ts';

/** The part of a browser's window object that this page uses of the window it opens. */
export type OpenedWindow = Pick<Window, 'closed' | 'close' | 'document' | 'addEventListener'> & {
  opener: unknown;
  readonly location: Pick<Location, 'replace'>;
};

/**
 * The window of a meeting. Browsers allow it in a click only, when its address is not known yet, so it says what happens
 * until then. The page at the address has no access to this one, as with `noopener`.
 */
export class MeetingWindow {
  readonly #window: OpenedWindow;
  #text: string;

  private constructor(opened: OpenedWindow, text: string) {
    this.#window = opened;
    this.#text = text;
    // `noopener` would return no window whose address can be set.
    opened.opener = null;
    // Some browsers replace the first document of an empty window once it has loaded.
    opened.addEventListener('load', () => this.#write());
    this.#write();
  }

  /** Opens an empty window that says `text`; to be called in a click. Returns null if the browser refuses. */
  static open(
    text: string,
    create: () => OpenedWindow | null = () => window.open('about:blank', '_blank'),
  ): MeetingWindow | null {
    const opened = create();
    return opened === null || opened.closed ? null : new MeetingWindow(opened, text);
  }

  get isOpen(): boolean {
    return !this.#window.closed;
  }

  /** Replaces the text. */
  say(text: string): void {
    this.#text = text;
    this.#write();
  }

  /** Leads to an address. Returns whether the window was still there. */
  go(url: string): boolean {
    if (!this.isOpen) return false;
    this.#window.location.replace(url);
    return true;
  }

  close(): void {
    this.#window.close();
  }

  #write(): void {
    if (!this.isOpen) return;
    const { document: page } = this.#window;
    const line = page.createElement('p');
    line.textContent = this.#text;
    // Property by property, because the content security policy forbids style attributes.
    Object.assign(line.style, {
      font: '1.125rem/1.5 system-ui',
      margin: '20vh auto 0',
      maxWidth: '28rem',
      padding: '1rem',
      textAlign: 'center',
    });
    page.title = this.#text;
    page.documentElement.lang = language();
    page.documentElement.dir = direction();
    page.documentElement.style.colorScheme = 'light dark';
    page.body.replaceChildren(line);
  }
}
