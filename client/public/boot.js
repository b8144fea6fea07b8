// Runs before the files of the build, which have new names after every upgrade of the server. A page whose files are
// missing reloads once; after that it says what happens, and reloads as soon as all files are there.
(() => {
  const KEY = 'televisit:reloaded';
  const AGAIN_MS = 60_000;
  const CHECK_MS = 3_000;
  const TEXTS = {
    en: ['One moment, please', 'The page is being updated. It opens by itself in a moment.'],
    es: ['Un momento, por favor', 'La página se está actualizando. Se abrirá sola en un momento.'],
    de: ['Einen Moment bitte', 'Die Seite wird gerade aktualisiert. Sie öffnet sich gleich von selbst.'],
    fr: ['Un instant, s’il vous plaît', 'La page est en cours de mise à jour. Elle s’ouvrira d’elle-même.'],
    pt: ['Um momento, por favor', 'A página está sendo atualizada. Ela abrirá sozinha em instantes.'],
    ar: ['لحظة من فضلك', 'يجري تحديث الصفحة، وستُفتح من تلقاء نفسها بعد قليل.'],
  };
  let failed = false;

  addEventListener(
    'error',
    ({ target }) => {
      const isFile = target instanceof HTMLScriptElement || target instanceof HTMLLinkElement;
      if (!isFile || failed || document.querySelector('#app > *')) return;
      failed = true;
      if (isFirst()) location.reload();
      else explain();
    },
    true,
  );

  // Vite reports parts of the page that could not be loaded later. The page tries again by itself, but in vain if the server
  // has another build by now.
  addEventListener('vite:preloadError', () => {
    isOutdated().then(
      (outdated) => {
        if (!outdated) return;
        // Reloading would end a call, and lose the place in the waiting room.
        if (document.querySelector('main.call, main.waiting')) dispatchEvent(new Event('televisit:outdated'));
        else if (isFirst()) location.reload();
      },
      () => undefined,
    );
  });

  /** Whether the page has not reloaded just now. Without storage it may have. */
  function isFirst() {
    try {
      const last = Number(sessionStorage.getItem(KEY));
      sessionStorage.setItem(KEY, String(Date.now()));
      return Date.now() - last > AGAIN_MS;
    } catch {
      return false;
    }
  }

  function explain() {
    const app = document.getElementById('app');
    if (!app) {
      addEventListener('DOMContentLoaded', explain);
      return;
    }
    const known = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => Object.hasOwn(TEXTS, tag));
    const language = known ?? 'en';
    document.documentElement.lang = language;
    document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
    const main = document.createElement('main');
    main.setAttribute('role', 'status');
    main.dataset.testid = 'updating';
    Object.assign(main.style, {
      font: '1.125rem/1.5 system-ui',
      margin: '20vh auto 0',
      maxWidth: '28rem',
      padding: '1rem',
      textAlign: 'center',
    });
    const [title, text] = TEXTS[language];
    for (const [name, words] of [
      ['h1', title],
      ['p', text],
    ]) {
      const line = document.createElement(name);
      line.textContent = words;
      if (name === 'h1') line.style.fontSize = '1.5rem';
      main.append(line);
    }
    app.replaceChildren(main);
    setInterval(() => {
      isComplete().then(
        (complete) => complete && location.reload(),
        () => undefined,
      );
    }, CHECK_MS);
  }

  /** Returns the files that the page names which the server serves now. */
  async function currentFiles() {
    const page = await (await fetch(location.pathname, { cache: 'no-store' })).text();
    return [...page.matchAll(/(?:src|href)="([^"]*assets\/[^"]+)"/g)].map(([, file]) => file);
  }

  async function isOutdated() {
    const files = await currentFiles();
    const entry = document.querySelector('script[type="module"]')?.getAttribute('src');
    return files.length > 0 && !files.includes(entry);
  }

  /** Whether the server has all files of the page that it serves now. */
  async function isComplete() {
    const files = await currentFiles();
    const answers = await Promise.all(files.map((file) => fetch(file, { cache: 'no-store' })));
    return files.length > 0 && answers.every(({ ok }) => ok);
  }
})();
