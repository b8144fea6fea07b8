/** A button of a toast. */
export interface ToastAction {
  readonly label: string;
  readonly primary?: boolean;
  readonly testId?: string;
  readonly onSelect: () => void;
}

/** A temporary notice. It replaces one with the same `id`. */
export interface Toast {
  readonly id: string;
  readonly text: string;
  readonly tone: 'plain' | 'warning';
  /** Stays until it is answered or dismissed. */
  readonly stays?: boolean;
  readonly actions?: readonly ToastAction[];
}

/** A visible toast; the number tells it from the one that it replaced, so that screen readers announce it again. */
export interface ShownToast extends Toast {
  readonly number: number;
}

/** How long a toast is shown, in milliseconds: long enough to read it twice. */
export const TOAST_MS = 9_000;
const MAX_PASSING = 3;

/** The visible toasts; each disappears by itself unless it is held. */
export class ToastQueue {
  readonly #onChange: (toasts: readonly ShownToast[]) => void;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #toasts: readonly ShownToast[] = [];
  #count = 0;

  constructor(onChange: (toasts: readonly ShownToast[]) => void) {
    this.#onChange = onChange;
  }

  show(toast: Toast): void {
    const shown = { ...toast, number: ++this.#count };
    const others = this.#toasts.filter(({ id }) => id !== toast.id);
    // A toast that needs an answer is not displaced.
    const passing = others.filter(({ stays }) => !stays).slice(-(MAX_PASSING - 1));
    this.#set([...others.filter((other) => other.stays === true || passing.includes(other)), shown]);
    if (toast.stays) this.#stopTimer(toast.id);
    else this.#startTimer(toast.id);
  }

  dismiss(id: string): void {
    this.#stopTimer(id);
    if (this.#toasts.some((toast) => toast.id === id))
      this.#set(this.#toasts.filter((toast) => toast.id !== id));
  }

  /** Keeps a toast while the pointer or the focus is on it (WCAG 2.2.1). */
  hold(id: string): void {
    this.#stopTimer(id);
  }

  release(id: string): void {
    const toast = this.#toasts.find((shown) => shown.id === id);
    if (toast && !toast.stays) this.#startTimer(id);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #startTimer(id: string): void {
    this.#stopTimer(id);
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), TOAST_MS),
    );
  }

  #stopTimer(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  #set(toasts: readonly ShownToast[]): void {
    this.#toasts = toasts;
    this.#onChange(toasts);
  }
}
